"""Pictures of a run: the deep zoom over the strips of a page, crops, the originals, and any sealed file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from starlette.responses import FileResponse, Response

from crawler.model.account import Role
from crawler.model.evidence import Tile
from crawler.report.pages import pages_of
from crawler.report.views import PictureView
from crawler.review import evidence
from crawler.review.access import requires
from crawler.review.desk import Desk, DeskOf
from crawler.review.kept_runs import KeptRunsOf
from crawler.review.paths import inside, run_folder
from crawler.review.pictures import TILE_PX, Copies, levels
from crawler.review.refusal import Refusal
from crawler.review.screen import ScreenOf
from crawler.store.bundle import Bundle

router = APIRouter(prefix="/pictures/{scenario}/{run}", tags=["pictures"])

Number = Annotated[int, Path(ge=0, le=100_000)]
_KEEP = {"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True)
class PagePicture:
    """The picture that shows a page of a run best, and where its file is."""

    desk: Desk
    bundle: Bundle
    picture: PictureView

    def strip(self, number: int) -> Tile:
        """Return a strip of the picture by its number, from 1 at the top.

        Raises:
            Refusal: 404 where there is none.
        """
        if not 1 <= number <= len(self.picture.tiles):
            raise Refusal(404, "desk.refusal.not-found")
        return self.picture.tiles[number - 1]

    def file(self, number: int) -> FilePath:
        """Return the file of a strip in the bundle."""
        return inside(self.bundle.root, self.strip(number).path)


def find_picture(
    *, desk: DeskOf, runs: KeptRunsOf, scenario: str, run: str, visit: Number, page: Number
) -> PagePicture:
    """Return the picture that an address names."""
    bundle = runs.bundle(run_folder(desk.snapshots, scenario, run))
    return PagePicture(desk, bundle, picture_of(bundle, visit, page))


PictureAt = Annotated[PagePicture, Depends(find_picture)]


@router.get("/{visit}/{page}", dependencies=[requires(Role.VIEWER)])
def tell_picture(at: PictureAt) -> dict[str, Any]:
    """Return how the picture of a page is put together: strips, each a pyramid of tiles, in CSS px."""
    return {
        "kind": at.picture.kind,
        "width": at.picture.width,
        "height": at.picture.height,
        "tile_px": TILE_PX,
        "strips": [_strip(tile) for tile in at.picture.tiles],
    }


@router.get("/{visit}/{page}/plain", dependencies=[requires(Role.VIEWER)])
def show_plain(screen: ScreenOf, at: PictureAt) -> Response:
    """Show the original strips of a page below each other, for browsers without scripts."""
    return screen.page("picture-plain.html.j2", picture=at.picture)


@router.get("/{visit}/{page}/{strip}", dependencies=[requires(Role.VIEWER)])
def send_strip(at: PictureAt, strip: Number) -> Response:
    """Send an original strip as it is sealed."""
    return evidence.picture(at.file(strip))


@router.get("/{visit}/{page}/{strip}/original", dependencies=[requires(Role.VIEWER)])
def send_original(at: PictureAt, strip: Number) -> Response:
    """Send an original strip to be saved."""
    return evidence.attachment(at.file(strip))


@router.get("/{visit}/{page}/{strip}/{level}/{column}/{row}", dependencies=[requires(Role.VIEWER)])
def send_tile(at: PictureAt, strip: Number, level: Number, column: Number, row: Number) -> Response:
    """Send one tile of the pyramid of a strip; the pyramid is made at the first."""
    path = copies_of(at.desk).tile(at.bundle, at.strip(strip), level, column, row)
    return FileResponse(path, media_type="image/jpeg", headers=_KEEP)


def copies_of(desk: Desk) -> Copies:
    """Return where the desk keeps copies of pictures."""
    return Copies(desk.folder / "pictures")


def picture_of(bundle: Bundle, visit: int, page: int) -> PictureView:
    """Return the picture that shows a page best.

    Raises:
        Refusal: 404 where the run has none.
    """
    found = bundle.once(_pictures).get((visit, page))
    if found is None:
        raise Refusal(404, "desk.refusal.not-found")
    return found


def _pictures(bundle: Bundle) -> dict[tuple[int, int], PictureView]:
    """Return the first picture of every page of every visit."""
    return {
        (visit.ordinal, page.page): page.pictures[0]
        for visit in bundle.run.visits
        for page in pages_of(bundle, visit)
        if page.pictures
    }


def _strip(tile: Tile) -> dict[str, Any]:
    first, last = levels(tile.width_px, tile.height_px)
    x, y, width, height = tile.box
    return {
        "x": x,
        "y": y,
        "width": width,
        "height": height,
        "width_px": tile.width_px,
        "height_px": tile.height_px,
        "first_level": first,
        "last_level": last,
    }
