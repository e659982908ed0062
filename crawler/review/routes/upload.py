"""Bringing a bundle from a laptop: verified first, and only then listed."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, BackgroundTasks
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from crawler import logs
from crawler.errors import CrawlerError
from crawler.fleet.jobs import judge_stored
from crawler.model.account import Person, Role
from crawler.review.access import requires
from crawler.review.arriving import receive_file
from crawler.review.desk import Desk, DeskOf
from crawler.review.failures import responses
from crawler.review.refusal import Refusal
from crawler.review.screen import ScreenOf
from crawler.review.views.upload import upload_line
from crawler.store import index
from crawler.store.uploads import Arrival

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.model.upload import Upload

router = APIRouter(tags=["upload"])

SHOWN = 100
FIELD = "bundle"
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {FIELD: {"type": "string", "format": "binary"}},
                    "required": [FIELD],
                }
            }
        },
    }
}
_judging = threading.Lock()  # one at a time: reading pictures takes a processor each

log = logs.get("upload")


@router.get("/upload", dependencies=[requires(Role.INSPECTOR)])
def show_uploads(screen: ScreenOf, desk: DeskOf) -> Response:
    """Show how to bring a bundle, and what became of those that were brought."""
    lines = [upload_line(each) for each in desk.uploads.all(newest=SHOWN)]
    return screen.page("upload.html.j2", uploads=lines)


@router.post("/upload", openapi_extra=_BODY)
async def bring_bundle(
    request: Request,
    desk: DeskOf,
    person: Annotated[Person, requires(Role.INSPECTOR)],
    after: BackgroundTasks,
) -> Response:
    """Take a bundle in, or keep it in quarantine."""
    await _take_in(request, desk, person, after)
    return RedirectResponse("/upload", status_code=303, background=after)


@router.post("/api/upload", openapi_extra=_BODY, responses=responses(401, 403, 408, 413, 422, 507))
async def bring_bundle_by_program(
    request: Request,
    desk: DeskOf,
    person: Annotated[Person, requires(Role.INSPECTOR)],
    after: BackgroundTasks,
) -> Response:
    """Take a bundle in, or keep it in quarantine, and say what became of it."""
    upload = await _take_in(request, desk, person, after)
    return JSONResponse(upload.model_dump(mode="json"), background=after)


async def _take_in(request: Request, desk: Desk, person: Person, after: BackgroundTasks) -> Upload:
    """Receive a file, verify it and put it in its place; judge it afterwards."""
    declared = request.headers.get("content-length", "")
    if not desk.uploads.has_room(int(declared) if declared.isdecimal() else 0):
        raise Refusal(507, "desk.upload.no-room")
    upload_id, path = desk.uploads.place()
    taken = False
    try:
        arrived = await receive_file(request, FIELD, path)
        arrival = Arrival(upload_id, arrived.name, person.name, arrived.bytes, arrived.sha256)
        desk.custody.note(person.name, "upload", upload_id, name=arrived.name, sha256=arrived.sha256)
        upload = await asyncio.to_thread(desk.uploads.take_in, arrival)
        taken = True
    finally:
        if not taken:
            desk.uploads.discard(upload_id)
    why = upload.why.id if upload.why else ""
    facts = {"state": upload.state, "bundle": upload.bundle or "", "why": why}
    desk.custody.note(person.name, "upload.verified", upload_id, **facts)
    if upload.state == "accepted" and upload.bundle:
        root = desk.snapshots / upload.bundle
        await asyncio.to_thread(_list, root)
        after.add_task(_judge, root)
    return upload


def _list(root: Path) -> None:
    """Put a bundle into the index; one that is not there is found by `pantau index` later."""
    try:
        index.add(root)
    except CrawlerError as error:
        log.warning("the index did not take a bundle", bundle=root.name, error=error.message)


def _judge(root: Path) -> None:
    """Judge a bundle as `pantau check` does, with what this machine has to read pictures."""
    with _judging:
        if judge_stored(root) is None:
            log.warning("a bundle cannot be judged", bundle=root.name)
