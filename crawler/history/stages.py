"""What each stage of a journey showed in two runs: text and pictures, place by place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crawler.errors import CrawlerError
from crawler.history.pictures import picture_change
from crawler.history.texts import text_change
from crawler.model.comparison import StageChange
from crawler.model.finding import Message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.history.judged import Judged, Place
    from crawler.model.comparison import PictureChange, TextChange
    from crawler.model.evidence import ArtifactKind, Visit


class _Side(NamedTuple):
    run: Judged
    visit: Visit

    def path(self, kind: ArtifactKind, page: int) -> str | None:
        found = self.visit.artifact(kind, page)
        return found.path if found else None


class _Found(NamedTuple):
    text: TextChange | None = None
    picture: PictureChange | None = None
    why: tuple[Message, ...] = ()


def stage_changes(old: Judged, new: Judged) -> tuple[StageChange, ...]:
    """Return every place of the journey that differs, or could not be held against its counterpart."""
    places = dict.fromkeys((*new.visits, *old.visits))
    found = (each for place in places for each in _at(place, old, new))
    return tuple(each for each in found if each.text or each.picture or each.why)


def _at(place: Place, old: Judged, new: Judged) -> Iterator[StageChange]:
    before, after = old.visits.get(place), new.visits.get(place)
    missing = (*_missing(before, "old"), *_missing(after, "new"))
    if before is None or after is None or missing:
        yield _change(place, 1, before, after, _Found(why=missing))
        return
    pages = sorted({1, *(page.page for page in before.pages), *(page.page for page in after.pages)})
    for page in pages:
        found = _held(_Side(old, before), _Side(new, after), page)
        yield _change(place, page, before, after, found)


def _missing(visit: Visit | None, side: str) -> Iterator[Message]:
    if visit is None:
        yield Message(id=f"compare.{side}-absent")
    elif not visit.reached:
        yield Message(id=f"compare.{side}-unreached", params={"reason": visit.reason or "not opened"})


def _held(old: _Side, new: _Side, page: int) -> _Found:
    """Hold text and pictures of a page against each other; what could not be is told."""
    text: TextChange | None = None
    picture: PictureChange | None = None
    why: list[Message] = []
    paths = old.path("text", page), new.path("text", page)
    tiles = old.path("tiles", page), new.path("tiles", page)
    try:
        if paths[0] and paths[1]:
            text = text_change(old.run.reading.text(paths[0]), new.run.reading.text(paths[1]))
        else:
            why.append(Message(id="compare.no-text", params={"page": page}))
        if tiles[0] and tiles[1]:
            before, after = old.run.reading.tiles(tiles[0]), new.run.reading.tiles(tiles[1])
            picture = picture_change(old.run.bundle, before, new.run.bundle, after)
        else:
            why.append(Message(id="compare.no-picture", params={"page": page}))
    except CrawlerError as error:
        why.append(Message(id="compare.unreadable", params={"page": page, "error": type(error).__name__}))
    return _Found(text, picture, tuple(why))


def _change(place: Place, page: int, before: Visit | None, after: Visit | None, found: _Found) -> StageChange:
    return StageChange(
        stage=place.stage,
        nth=place.nth,
        page=page,
        old_visit=before.ordinal if before else None,
        new_visit=after.ordinal if after else None,
        text=found.text,
        picture=found.picture,
        why=found.why,
    )
