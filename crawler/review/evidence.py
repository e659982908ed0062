"""Files of a bundle as answers: pictures that can do nothing, and downloads.

Evidence is hostile. A picture is shown only if its first bytes are those of a format that cannot hold a
script; everything else goes as an attachment that no browser shows in the desk's origin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import FileResponse, Response

from crawler.review.refusal import Refusal

if TYPE_CHECKING:
    from pathlib import Path

PICTURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
_INERT = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_KEEP = {"Cache-Control": "private, max-age=3600"}


def picture(path: Path) -> Response:
    """Return a picture of a bundle, of the type that its bytes say, for an `img` of the desk.

    Raises:
        Refusal: 415 where it is no picture that can be shown: SVG and HTML are none.
    """
    with path.open("rb") as file:
        head = file.read(16)
    kind = next((kind for sign, kind in PICTURES.items() if head.startswith(sign)), None)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        kind = "image/webp"
    if kind is None:
        raise Refusal(415, "desk.refusal.no-picture")
    return FileResponse(path, media_type=kind, headers=_INERT | _KEEP)


def drawn(webp: bytes | None) -> Response:
    """Return a picture that the desk made anew from one of a bundle; its address names what it was made of.

    Raises:
        Refusal: 404 where there is none, or it could not be decoded.
    """
    if webp is None:
        raise Refusal(404, "desk.refusal.not-found")
    return Response(webp, media_type="image/webp", headers=_INERT | _KEEP)


def own_drawing(svg: str) -> Response:
    """Return a drawing that Pantau made, for an `img`; opened by itself it may do nothing either."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
    headers = _INERT | {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return Response(svg, media_type="image/svg+xml", headers=headers)


def text_attachment(text: str, name: str) -> Response:
    """Return text as a download that no browser shows."""
    return Response(text.encode(), media_type="application/octet-stream", headers=_as_download(name))


def attachment(path: Path, name: str = "") -> Response:
    """Return any file as a download that no browser shows, under its own name or `name`."""
    return FileResponse(path, media_type="application/octet-stream", headers=_as_download(name or path.name))


def _as_download(name: str) -> dict[str, str]:
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return _INERT | {"Content-Disposition": disposition, "Cache-Control": "no-store"}
