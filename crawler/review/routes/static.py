"""The desk's own scripts and styles."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from crawler.review.access import openly
from crawler.review.assets import asset_at
from crawler.review.refusal import Refusal

router = APIRouter(tags=["static"])


@router.get("/static/{address}", dependencies=[openly])
def serve_asset(address: str) -> Response:
    """Serve a file of the desk; its address has its hash, so that it may be kept for ever."""
    found = asset_at(address)
    if found is None:
        raise Refusal(404, "desk.refusal.not-found")
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(found.content, media_type=found.content_type, headers=headers)
