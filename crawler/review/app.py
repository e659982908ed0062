"""The desk as an ASGI application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.routing import APIRoute

import crawler
from crawler.review import failures
from crawler.review.oidc import OidcLogIn
from crawler.review.pace import LogInPace
from crawler.review.routes import (
    accounts,
    api,
    cases,
    compare,
    custody,
    exhibits,
    findings,
    home,
    hosts,
    nights,
    oidc,
    pictures,
    queue,
    run_files,
    runs,
    schema,
    search,
    session,
    sign_off,
    start,
    start_api,
    static,
    trend,
    unobserved,
    upload,
)
from crawler.review.shield import Shield

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from crawler.review.desk import Desk

ROUTERS = (
    home.router,
    queue.router,
    runs.router,
    run_files.router,
    sign_off.router,
    unobserved.router,
    hosts.router,
    compare.router,
    nights.router,
    trend.router,
    search.router,
    api.router,
    exhibits.router,
    findings.router,
    pictures.router,
    session.router,
    oidc.router,
    accounts.router,
    cases.router,
    custody.router,
    schema.router,
    start.router,
    start_api.router,
    static.router,
    upload.router,
)


class DeskApp(FastAPI):
    """FastAPI with the shield around all of it; `middleware` of FastAPI's stands inside its error pages."""

    def build_middleware_stack(self) -> ASGIApp:
        """Return what a request passes through."""
        return Shield(super().build_middleware_stack(), self.state.desk)


def create_app(desk: Desk) -> FastAPI:
    """Return the desk as an ASGI application that works on `desk`."""
    app = DeskApp(
        title="Pantau",
        version=crawler.__version__,
        docs_url=None,  # FastAPI's pages of it load their scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        openapi_url=None,  # served by a route that names a role, as all do
    )
    for router in ROUTERS:
        app.include_router(router)
    app.state.desk = desk
    app.state.oidc = OidcLogIn(desk.entrance.oidc) if desk.entrance.oidc else None
    app.state.pace = LogInPace(desk.limits.log_ins_a_minute)
    app.state.pages = frozenset(
        route.path for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)
    )
    failures.install(app)
    return app
