"""What each stage of a journey showed in two runs: text and pictures, place by place."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from crawler.errors import CrawlerError
from crawler.history.moving import Moving, is_other_variant, moving_parts
from crawler.history.pictures import align, are_same, picture_change
from crawler.history.texts import text_change
from crawler.model.comparison import StageChange
from crawler.model.finding import Message

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crawler.history.judged import JourneyPlace, Judged
    from crawler.history.pictures import Alignment
    from crawler.history.variants import OtherVariant
    from crawler.model.comparison import PictureChange, TextChange
    from crawler.model.evidence import ArtifactKind, CssBox, TextRecord, TileMap, Visit


class _Side(NamedTuple):
    run: Judged
    visit: Visit

    def path(self, kind: ArtifactKind, page: int) -> str | None:
        found = self.visit.artifact(kind, page)
        return found.path if found else None

    def text(self, page: int) -> TextRecord | None:
        path = self.path("text", page)
        return self.run.reading.text(path) if path else None


class _Pair(NamedTuple):
    """Both pictures of a page; `alignment` is None where they are the same."""

    old: TileMap
    new: TileMap
    alignment: Alignment | None


class _Visits(NamedTuple):
    """The two visits of a place, and the other variant that the newer one was served, if any."""

    old: Visit | None
    new: Visit | None
    variant: OtherVariant | None


class _Found(NamedTuple):
    text: TextChange | None = None
    picture: PictureChange | None = None
    moving: tuple[CssBox, ...] = ()
    why: tuple[Message, ...] = ()


def stage_changes(
    old: Judged,
    new: Judged,
    repeat: Judged | None = None,
    variants: Mapping[JourneyPlace, OtherVariant] | None = None,
) -> tuple[StageChange, ...]:
    """Return every place of the journey that differs, moves, or could not be compared with its counterpart.

    Args:
        old: The older run.
        new: The newer run.
        repeat: The other visit of the newer run's night: what differs between the two is masked.
        variants: Places where the newer run was served another variant of the page that is known.
    """
    places = dict.fromkeys((*new.visits, *old.visits))
    found = (
        each for place in places for each in _changes_at(place, old, new, repeat, (variants or {}).get(place))
    )
    return tuple(
        each for each in found if each.text or each.picture or each.why or each.moving or each.variant
    )


def _changes_at(
    place: JourneyPlace, old: Judged, new: Judged, repeat: Judged | None, variant: OtherVariant | None
) -> Iterator[StageChange]:
    against = variant.against if variant else old
    before, after = against.visits.get(place), new.visits.get(place)
    missing = (*_why_missing(before, "old"), *_why_missing(after, "new"))
    visits = _Visits(before, after, variant)
    if before is None or after is None or missing:
        yield _change(place, visits, _Found(why=missing))
        return
    again = repeat.visits.get(place) if repeat else None
    other = _Side(repeat, again) if repeat and again and again.reached else None
    pages = sorted({1, *(page.page for page in before.pages), *(page.page for page in after.pages)})
    for page in pages:
        found = _held(_Side(against, before), _Side(new, after), other, page)
        yield _change(place, visits, found, page)


def _why_missing(visit: Visit | None, side: str) -> Iterator[Message]:
    if visit is None:
        yield Message(id=f"compare.{side}-absent")
    elif not visit.reached:
        yield Message(id=f"compare.{side}-unreached", params={"reason": visit.reason or "not opened"})


def _held(old: _Side, new: _Side, repeat: _Side | None, page: int) -> _Found:
    """Compare text and pictures of a page; what could not be compared is told."""
    text: TextChange | None = None
    picture: PictureChange | None = None
    why: list[Message] = []
    moving = Moving()
    try:
        moving = _moving(new, repeat, page) if repeat else moving
        pair = _aligned_pair(old, new, page)
        texts = old.text(page), new.text(page)
        if texts[0] and texts[1]:
            aligned = pair.alignment if pair else None
            moves = partial(moving.covers, pair=aligned) if moving.texts or moving.boxes else None
            text = text_change(texts[0], texts[1], moves=moves)
        else:
            why.append(Message(id="compare.no-text", params={"page": page}))
        if pair is None:
            why.append(Message(id="compare.no-picture", params={"page": page}))
        elif pair.alignment:
            picture = picture_change(pair.alignment, pair.old, pair.new, moving.boxes)
    except CrawlerError as error:
        why.append(Message(id="compare.unreadable", params={"page": page, "error": type(error).__name__}))
    return _Found(text, picture, moving.boxes, tuple(why))


def _moving(new: _Side, repeat: _Side, page: int) -> Moving:
    """Return what moves on a page by itself; nothing where both visits cannot be compared.

    Two variants of a page have nothing that moves: each is what it is.
    """
    one, other = new.text(page), repeat.text(page)
    if one is None or other is None or is_other_variant(one, other):
        return Moving()
    pair = _aligned_pair(repeat, new, page)
    changed = picture_change(pair.alignment, pair.old, pair.new) if pair and pair.alignment else None
    return moving_parts(one, other, changed.boxes if changed else ())


def _aligned_pair(old: _Side, new: _Side, page: int) -> _Pair | None:
    """Return both pictures of a page, aligned where they are not the same; None where one is missing."""
    paths = old.path("tiles", page), new.path("tiles", page)
    if paths[0] is None or paths[1] is None:
        return None
    before, after = old.run.reading.tiles(paths[0]), new.run.reading.tiles(paths[1])
    alike = are_same(before, after)
    return _Pair(before, after, None if alike else align(old.run.bundle, before, new.run.bundle, after))


def _change(place: JourneyPlace, visits: _Visits, found: _Found, page: int = 1) -> StageChange:
    old, new, variant = visits
    return StageChange(
        stage=place.stage,
        nth=place.nth,
        page=page,
        old_visit=old.ordinal if old else None,
        new_visit=new.ordinal if new else None,
        variant=variant.kind if variant else "",
        against=variant.against.bundle.run.run_id if variant else "",
        text=found.text,
        picture=found.picture,
        moving=found.moving,
        why=found.why,
    )
