"""What went wrong, as a page for a browser and as a problem document for everything else."""

from __future__ import annotations

import json
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from crawler import logs
from crawler.errors import AccountError, ArtifactMissing, ConfigError, CrawlerError
from crawler.lib.i18n import LANGUAGES
from crawler.review.access import person_of_session
from crawler.review.refusal import Refusal
from crawler.review.screen import Screen

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import Scope

    from crawler.review.desk import Desk

log = logs.get("desk")
PROBLEM = "application/problem+json"
_OF_ERROR = ((AccountError, 503), (ConfigError, 400), (ArtifactMissing, 404))
_OF_STATUS = {404: "desk.refusal.not-found", 405: "desk.refusal.method", 413: "desk.refusal.too-large"}


def install(app: FastAPI) -> None:
    """Let an app answer every error in the desk's way."""
    app.add_exception_handler(Refusal, _on_refusal)
    app.add_exception_handler(CrawlerError, _on_crawler_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(Exception, _on_mistake)


def refusal_response(scope: Scope, desk: Desk, refusal: Refusal) -> Response:
    """Return the answer to a refused request."""
    scope.setdefault("app", None)
    request = Request(scope)
    if refusal.status == HTTPStatus.UNAUTHORIZED and wants_page(request):
        return _to_log_in(request)
    if wants_page(request) and not hasattr(request.state, "person"):  # refused before anybody asked who it is
        with suppress(AccountError):
            request.state.person = person_of_session(request, desk)
    screen = Screen(request, desk)
    said = screen.t(refusal.message_id, **refusal.params)
    do = screen.t(f"{refusal.message_id}.do", **refusal.params)
    return _answer(screen, refusal.status, refusal.message_id.removeprefix("desk.refusal."), said, do)


def wants_page(request: Request) -> bool:
    """Say whether a person looks at the answer: a browser asks for a page, and not below /api."""
    if request.headers.get("HX-Request") == "true":
        return False
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")


def _to_log_in(request: Request) -> Response:
    """Lead to the log-in and, of a page that was only looked at, back again."""
    back = request.url.path if request.method == "GET" else "/"
    if request.method == "GET" and request.url.query:
        back = f"{back}?{request.url.query}"
    asked = request.query_params.get("lang")
    lang = f"&lang={asked}" if asked in LANGUAGES else ""
    return RedirectResponse(f"/log-in?next={quote(back, safe='')}{lang}", status_code=303)


def _answer(screen: Screen, status: int, name: str, said: str, do: str) -> Response:
    request = screen.request
    if request.headers.get("HX-Request") == "true":
        event = json.dumps({"desk:refused": {"message": said, "do": do}})
        headers = {"HX-Trigger": event, "HX-Reswap": "none"}
        if status == HTTPStatus.UNAUTHORIZED:
            headers["HX-Redirect"] = "/log-in"
        return _problem(status, name, said, do, headers)
    if wants_page(request):
        return screen.page("refusal.html.j2", status=status, said=said, do=do)
    return _problem(status, name, said, do)


def _problem(
    status: int, name: str, said: str, do: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    """Return a problem document (RFC 9457); `error` names the refusal, `do` says what can be done."""
    told = {
        "type": f"urn:pantau:refusal:{name}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": said,
        "error": name,
        "do": do,
    }
    return JSONResponse(told, status, headers=headers, media_type=PROBLEM)


def _respond(request: Request, refusal: Refusal) -> Response:
    return refusal_response(request.scope, request.app.state.desk, refusal)


async def _on_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return _respond(request, error)


async def _on_crawler_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, CrawlerError)
    return error_response(request.scope, request.app.state.desk, error)


def error_response(scope: Scope, desk: Desk, error: CrawlerError) -> Response:
    """Return the answer to a request that met an error which is foreseen."""
    status = next((status for kind, status in _OF_ERROR if isinstance(error, kind)), 503)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.warning("an error was answered", kind=type(error).__name__, message=error.message)
    screen = Screen(Request(scope), desk)
    return _answer(screen, status, type(error).__name__, error.message, error.hint)


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
    return _respond(request, Refusal(422, "desk.refusal.invalid", field=field, problem=first["msg"]))


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    message_id = _OF_STATUS.get(error.status_code, "desk.refusal.bad-request")
    answer = _respond(request, Refusal(error.status_code, message_id))
    answer.headers.update(error.headers or {})
    return answer


async def _on_mistake(request: Request, error: Exception) -> Response:
    log.error("the desk itself failed", path=request.url.path, exc_info=error)
    return _respond(request, Refusal(500, "desk.refusal.mistake"))


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what a JSON route declares of its refusals, for the OpenAPI schema."""
    text = {"type": "string"}
    schema = {
        "type": "object",
        "properties": {
            "type": text,
            "title": text,
            "status": {"type": "integer"},
            "detail": text,
            "error": text,
            "do": text,
        },
        "required": ["type", "title", "status", "detail", "error", "do"],
    }
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {PROBLEM: {"schema": schema}},
        }
        for status in statuses
    }
