"""The pages of a visit and the picture that shows each best."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.model.evidence import Artifact, PageRecord, TextRecord, Tile, TileMap, Visit
from crawler.report.views import PageView, PictureView

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.store.bundle import Bundle


def pages_of(bundle: Bundle, visit: Visit) -> tuple[PageView, ...]:
    """Return every page of a visit in the order it was opened."""
    return tuple(_page(bundle, visit, page) for page in visit.pages)


def _page(bundle: Bundle, visit: Visit, page: PageRecord) -> PageView:
    text = visit.artifact("text", page.page)
    record = bundle.record(text.path, TextRecord) if text else None
    return PageView(
        page=page.page,
        url=page.url,
        title=page.title,
        opener=page.opener,
        viewport_px=page.viewport_px,
        scale=page.scale,
        pictures=tuple(_pictures(bundle, visit, page)),
        texts=len(record.nodes) if record else None,
        text_truncated=bool(record and record.truncated),
        unread_frames=record.unread if record else (),
    )


def _pictures(bundle: Bundle, visit: Visit, page: PageRecord) -> Iterator[PictureView]:
    """Yield the full-page picture, or without one the viewport; then the one of where the journey stopped.

    The full-page picture is as large as what was taken: a page may go on for millions of px beside it.
    """
    tiles = visit.artifact("tiles", page.page)
    tile_map = bundle.record(tiles.path, TileMap) if tiles else None
    viewport = visit.artifact("viewport", page.page)
    stopped = visit.artifact("stopped-at", page.page)
    tiled = tuple(tile for tile in tile_map.tiles if min(tile.box.w, tile.box.h) > 0) if tile_map else ()
    if tile_map and tiled and min(tile_map.taken) > 0:
        width, height = tile_map.taken
        yield PictureView(
            kind="fullpage",
            page=page.page,
            width=width,
            height=height,
            tiles=tiled,
            truncated=tile_map.truncated,
        )
    elif viewport:
        yield _single(viewport, page)
    if stopped:
        yield _single(stopped, page)


def _single(artifact: Artifact, page: PageRecord) -> PictureView:
    width, height = page.viewport_px
    tile = Tile(
        path=artifact.path,
        box=(0, 0, width, height),
        width_px=round(width * page.scale),
        height_px=round(height * page.scale),
        sha256=artifact.sha256,
    )
    kind = "viewport" if artifact.kind == "viewport" else "stopped-at"
    return PictureView(kind=kind, page=page.page, width=width, height=height, tiles=(tile,))
