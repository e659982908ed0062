"""Where logos are lost: nothing that stands out was offered at their place, or the classifiers did not believe in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from crawler.derive.pictures import logos, looks, ocr, sheets
from crawler.derive.pictures.logos import Mark
from crawler.derive.pictures.tiles import Tiles, cut_pieces
from crawler.model.evidence import TextRecord
from tests.bench.brand.readers import Stopwatch
from tests.bench.brand.score import meet, share

if TYPE_CHECKING:
    from crawler.derive.pictures.sheets import Piece
    from crawler.store.bundle import Bundle
    from tests.bench.brand.score import Box

OFFERED = 0.3  # share that a label's box and an offered one have in common at least


@dataclass
class Losses:
    """Counts over a split: by kind of logo what was there, offered, doubted and sure; false alarms; cost."""

    kinds: Counter[tuple[str, str]] = field(default_factory=Counter)
    alarms: list[tuple[int, float, Box]] = field(default_factory=list)
    right: int = 0
    offers: int = 0
    megapixels: float = 0.0
    clock: Stopwatch = field(default_factory=Stopwatch)

    def rows(self) -> list[tuple[str, ...]]:
        """Return for each kind of logo, and for all, how many got how far."""
        names = sorted({kind for kind, _ in self.kinds})
        counts = [
            [self.kinds[kind, step] for step in ("there", "offered", "doubted", "sure")] for kind in names
        ]
        every = [sum(column) for column in zip(*counts, strict=True)]
        return [
            (
                name,
                str(there),
                str(there - offered),
                str(offered - doubted - sure),
                str(doubted),
                f"{sure / there:.3f}",
            )
            for name, (there, offered, doubted, sure) in zip([*names, "all"], [*counts, every], strict=True)
        ]


def look(bundle: Bundle, labels: list[dict[str, Any]]) -> Losses:
    """Look for logos alone on every page; words that were read do not take any away here."""
    found = Losses()
    logos._classifier(logos.FIRST), logos._classifier(logos.LAST)  # loaded once, as a run does
    for page in labels:
        pieces, record, megapixels = _pieces(bundle, page["visit"])
        found.megapixels += megapixels
        with found.clock:
            marks = logos.find_logos(pieces)
            drawn = ocr._drawn(record)
        offers = [
            _placed(piece, offer, at)
            for piece in pieces
            for offer in logos.candidates(np.asarray(piece.picture.convert("L")), piece.scale)
            for at in piece.places
        ]
        shown = [
            Mark(confidence=sure, box=_placed(piece, box, at))
            for piece, each in zip(pieces, marks, strict=True)
            for sure, box in each
            for at in piece.places
        ]
        seen = [(mark.confidence, mark.box) for mark in looks.join_marks(drawn, shown)]
        found.offers += len(offers)
        _count(found, page, offers, seen)
    return found


def _count(found: Losses, page: dict[str, Any], offers: list[Box], seen: list[tuple[float, Box]]) -> None:
    wanted = [label for label in page["labels"] if label["kind"] == "logo"]
    for label in wanted:
        best = max((sure for sure, box in seen if meet(box, label["box"])), default=0.0)
        found.kinds[label["cat"], "there"] += 1
        found.kinds[label["cat"], "offered"] += best > 0 or any(
            share(box, label["box"]) >= OFFERED for box in offers
        )
        found.kinds[label["cat"], "sure"] += best >= logos.SURE
        found.kinds[label["cat"], "doubted"] += 0 < best < logos.SURE
    for sure, box in seen:
        if sure >= logos.SURE:
            right = any(meet(box, label["box"]) for label in wanted)
            found.right += right
            found.alarms += [] if right else [(page["visit"], sure, box)]


def _pieces(bundle: Bundle, ordinal: int) -> tuple[tuple[Piece, ...], TextRecord, float]:
    """Return the pieces of a page that a crawl looks at, what the page says, and its megapixels."""
    visit = ocr._visit(bundle, ordinal)
    path, text, frames = (ocr._path(visit, 1, kind) for kind in ("tiles", "text", "frames"))
    tiles, record = Tiles(bundle, path), bundle.record(text, TextRecord)
    page = (tiles.map.page_width, tiles.map.page_height)
    boxes = ocr._media(bundle, record, frames) or []
    wanted = sheets.regions([*boxes, *ocr._unexplained(record, boxes, tiles)], page)
    pieces, _ = cut_pieces(wanted, tiles)
    for piece in pieces:
        piece.picture.load()  # fetched here: what is timed is the look for logos
    return pieces, record, page[0] * page[1] * tiles.map.scale**2 / 1e6


def _placed(piece: Piece, found: Box, place: Box) -> Box:
    x, y, w, h = (side / piece.scale for side in found)
    return place[0] + x, place[1] + y, w, h
