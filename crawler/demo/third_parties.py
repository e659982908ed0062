"""What the shop's ordinary third parties answer, and which delayed requests a page sends to them."""

import tomllib
from functools import cache
from pathlib import Path

from crawler.demo.checkout import cors
from crawler.demo.server import Request, Response
from crawler.demo.states import Ping, Switches

PIXEL = bytes.fromhex(
    "47494638396101000100800000ffffff00000021f90401000000002c00000000010001000002024401003b"
)
SCRIPT = (
    "(function(){{var k='{key}';if(!document.cookie.includes(k+'='))document.cookie=k+'=1.'+Date.now();}})();"
)
CAPTCHA = (
    "<!doctype html><html lang=id><title>Perlindungan</title>"
    "<body style='margin:0;font:12px sans-serif;color:#666'>"
    "<div style='padding:10px;border:1px solid #ddd;border-radius:4px'>Dilindungi dari robot</div>"
)


@cache
def scripts() -> tuple[str, ...]:
    """Addresses of the third-party scripts that every shop page loads at once."""
    return tuple(_table()["scripts"])


def pings(stage: str, switches: Switches) -> list[dict[str, object]]:
    """The delayed requests of one page, for its script to send."""
    every = (*_ordinary(), *switches.extra_pings)
    return [ping.model_dump(include={"url", "via", "delay_ms"}) for ping in every if stage in ping.stages]


def script(request: Request) -> Response:
    """A vendor's script: it sets a first-party cookie, as they do."""
    key = "_" + request.host.split(".")[-2][:3]
    cached = (("Cache-Control", "public, max-age=7200"), *cors(request))
    return Response(SCRIPT.format(key=key).encode(), "text/javascript; charset=utf-8", headers=cached)


def telemetry(request: Request) -> Response:
    """A counter: takes anything, sets its own cookie, answers with a pixel or nothing."""
    visitor = ("Set-Cookie", "uid=demo-visitor; Path=/; Max-Age=31536000; Secure; SameSite=None")
    if request.method == "OPTIONS":
        return Response(status=204, headers=cors(request))
    if request.method == "POST":
        return Response(status=204, headers=(visitor, *cors(request)))
    return Response(PIXEL, "image/gif", headers=(visitor, ("Cache-Control", "no-store"), *cors(request)))


def captcha(request: Request) -> Response:
    """The box of a captcha service, as a page of another origin."""
    del request
    return Response(CAPTCHA.encode(), headers=(("Cache-Control", "private, max-age=300"),))


@cache
def _ordinary() -> tuple[Ping, ...]:
    return tuple(Ping.model_validate(row) for row in _table()["pings"])


@cache
def _table() -> dict[str, list[str]]:
    return tomllib.loads((Path(__file__).parent / "third_parties.toml").read_text("utf-8"))
