"""The social medium's brand stands in the pictures of a shopping page.

Flags
    The social medium's brand drawn in a picture, canvas, drawing or background, where no page text at the
    same place says it; or on an icon that the page declares (beside its title, of its manifest).

Why
    A banner or a button drawn as a picture is what a shopper reads, and is what is forgotten when labels are
    renamed. As with text, a name left over is an indication, no article breach by itself.

How decided
    PP-OCR reads what page text does not explain, and where its letters may not be what is drawn: direction
    overridden, pieces out of order or touching, mirrors, letters on each other, and of each font that the
    page brought a sample with every letter it is used for. A name read where page text says otherwise needs
    review. Tesseract reads each hit again; where PP-OCR is not
    installed, Tesseract reads alone and finds fewer. A whole word that is the brand in folded form fails, and
    so does a misread one in a sentence that is known to name it. A reading that is one visual misreading
    away, one that OCR was not sure of, and one that the second reader reads otherwise need review. A name
    that letters touch counts only where the second reader parts them. Names, places and
    allowances weigh as in `foreign-brand-text`. The same place read twice, or explained by visible page text
    on it, is reported once or not at all. An alternative text does not explain pixels. Words that are a
    current name of the shop but for a few letters are that name, misread. Where the words beside the brand
    may be a poor reading of a name in question, or of an invitation that the pack allows, it needs review: a
    worse reading weighs no more than a better one.

Evidence
    The tiles of the page's picture that show the place, the box of the words on the page and in px of each
    tile, what both readers read, how the name matched, and the element whose picture it is, if there is one.

Cannot tell when
    The page's picture was not taken or was cut off, OCR is missing or failed, or a stage was not reached. No
    page of a shop was seen: none bore the marks of storefront, search, product, cart, checkout or payment.

Limits
    OCR misses text that a busy photograph swallows, and letters below some 9 px. Pixels that were read and
    say nothing are no proof that a picture says nothing. Logos without letters are for `foreign-logo`.

Source
    Liputan6, 4 March 2024 (labels that should read Shop or Tokopedia); what OCR reads was measured on 16
    labelled pages, November 2026.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from crawler.checks import misread
from crawler.checks.allowances import SHOP_BUSINESS
from crawler.checks.base import Answer, Found, Need, RuleMeta, message
from crawler.checks.mention import Mention
from crawler.checks.pages import medium_at, text_at
from crawler.checks.runs import runs
from crawler.checks.weights import SOCIAL_BUSINESS, STAGES, Place, Places, Weight, doubted, expected, weigh
from crawler.lib.steady import normal, tidy
from crawler.lib.text import find_words
from crawler.model.box import overlap
from crawler.model.finding import Excuse, Locus, PixelReading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crawler.checks.pages import PageIcon, PagePixels
    from crawler.checks.runs import TextRun
    from crawler.checks.view import View
    from crawler.derive.pictures.brand import Hit
    from crawler.derive.pictures.looks import TextLine
    from crawler.model.evidence import CssBox, TextRecord, Visit

Slug = Literal[
    "mention", "misreading", "unsure", "name-in-question", "place-in-question", "doubtful", "otherwise"
]
SEEN_CHANNELS = ("text", "pseudo", "value", "placeholder")

meta = RuleMeta(
    id="foreign-brand-pixels",
    version=7,
    needs=frozenset({Need.PIXELS, Need.TEXT}),
    stages=STAGES,
    messages={
        "foreign-brand-pixels.mention": ("text", "grade", "again", "place"),
        "foreign-brand-pixels.misreading": ("text", "spelling", "grade", "again", "place"),
        "foreign-brand-pixels.unsure": ("text", "grade", "again", "place"),
        "foreign-brand-pixels.name-in-question": ("text", "grade", "again", "place"),
        "foreign-brand-pixels.place-in-question": ("text", "grade", "again", "place"),
        "foreign-brand-pixels.doubtful": ("text", "grade", "again", "place"),
        "foreign-brand-pixels.otherwise": ("text", "grade", "again", "place"),
    },
    shopping=True,
    leaves="mention",
)


class Params(Places):
    """What a mention means at each stage kind, and how sure OCR must be."""

    min_confidence: float = Field(
        default=0.3,
        ge=0,
        le=1,
        description="confidence of a hit below which a whole word needs review and a misreading is dropped",
    )


@dataclass(frozen=True)
class _NameReading:
    """The brand as it was read in one line of pixels."""

    hit: Hit
    line: TextLine
    box: CssBox
    weight: Weight
    sure: bool

    @property
    def rank(self) -> tuple[bool, bool, float]:
        """Best reading of a place first: the one that excuses it, then the surest."""
        return (self.weight.excuse is None, not self.sure, -self.hit.confidence)


def run(view: View, params: Params) -> Answer:
    """Find every mention of the social medium in the pixels of every page."""
    found: list[Found] = []
    lines = pages = pixels = 0
    for visit in view.visits:
        texts = {page.page: page for page in view.text(visit)}
        for page in view.pixels(visit):
            pages += 1
            lines += len(page.record.lines)
            pixels += sum(tile.width_px * tile.height_px for tile in page.tiles.tiles)
            text = texts.get(page.page)
            explained = _explained(view, runs(text.record)) if text else ()
            readings = _best_readings(_readings(view, params, visit, page.record.lines))
            found += [
                _finding_on_picture(view, visit, page, reading, text.record if text else None)
                for reading in readings
                if not any(overlap(reading.box, box) for box in explained)
            ]
        for icon in view.icons(visit):
            lines += len(icon.record.lines)
            found += [
                _on_icon(view, visit, icon, reading)
                for reading in _best_readings(_readings(view, params, visit, icon.record.lines))
            ]
    return Answer(tuple(found), {"pages": pages, "pixels": pixels, "lines": lines})


def _explained(view: View, texts: Iterable[TextRun]) -> tuple[CssBox, ...]:
    """Return the boxes of visible page text that itself bears the brand."""
    brand = view.brands.names(SOCIAL_BUSINESS, "brand", view.on)
    return tuple(
        box
        for text in texts
        if text.visible and text.channel in SEEN_CHANNELS
        for match in find_words(text.text, brand)
        for piece in text.at(match.start, match.end)
        for box in piece.boxes
    )


def _readings(view: View, params: Params, visit: Visit, lines: Iterable[TextLine]) -> Iterator[_NameReading]:
    place = params.at(visit, view.standing(visit))
    for line in lines:
        for hit in line.hits:
            whole = hit.grade != "confusable"
            clear = hit.confidence >= params.min_confidence
            sure = clear and whole and hit.second != "differs"
            if clear or whole:
                weight = _forgiven(view, line, hit, visit, _weight(view, line.text, hit, visit, place))
                yield _NameReading(hit, line, hit.box, weight, sure)


def _weight(view: View, text: str, hit: Hit, visit: Visit, place: Place) -> Weight:
    """Weigh a hit by the words around it, with blanks as read and with none: OCR is unsure of them."""
    start = len("".join(text[: hit.start].split()))
    closed = "".join(text.split())
    end = start + len("".join(hit.text.split()))
    readings = (
        Mention(text, hit.start, hit.end, spelling=hit.spelling),
        Mention(closed, start, end, spelling=hit.spelling),
    )
    weights = [weigh(view, mention, visit=visit, place=place) for mention in readings]
    return next((weight for weight in weights if weight.excuse), weights[0])


def _forgiven(view: View, line: TextLine, hit: Hit, visit: Visit, weight: Weight) -> Weight:
    """Return what a name amounts to if the words around it were misread from others that weigh less.

    A misreading may cost a name of the shop a few letters. Words that only may be a name in question, or an
    invitation that the pack allows, take it from a failure to a person: how grave a name is must not hang on
    how badly the words beside it were read.
    """
    if weight.excuse:
        return weight
    place = (line.text, hit.start, hit.end, hit.spelling)
    name = misread.name_read(*place, view.brands.names(SHOP_BUSINESS, "current", view.on))
    if name:
        return replace(weight, excuse=Excuse(phrase=name, reason="current-name"))
    questioned = [
        *view.brands.names(SHOP_BUSINESS, "in-question", view.on),
        *view.brands.names(SHOP_BUSINESS, "current", view.on),
    ]
    if misread.may_name(*place, questioned):
        return doubted(weight, "name-in-question")
    allowed = [
        phrase
        for allowance in view.pack.allowed
        if allowance.holds(view.on)
        and (not allowance.stages or visit.kind in allowance.stages)
        and not (allowance.channels or allowance.link_hosts)
        for phrase in allowance.phrases
    ]
    return doubted(weight) if misread.may_invite(*place, allowed) else weight


def _best_readings(readings: Iterable[_NameReading]) -> tuple[_NameReading, ...]:
    """Return the best reading of each place."""
    kept: list[_NameReading] = []
    for reading in sorted(readings, key=lambda each: each.rank):
        if not any(overlap(reading.box, other.box) for other in kept):
            kept.append(reading)
    return tuple(kept)


def _on_icon(view: View, visit: Visit, icon: PageIcon, reading: _NameReading) -> Found:
    """Return the finding of a name on an icon of a page."""
    found = _weighed(view, visit, reading, engines=(icon.record.engine, icon.record.second_engine))
    return replace(
        found,
        locus=Locus(page=icon.page, channel="icon", src=icon.address),
        evidence=(icon.path,),
        key=("icon", *found.key[1:]),
        url=icon.url,
        hidden=True,
        pixels=(icon.place(reading.box),),
    )


def _finding_on_picture(
    view: View, visit: Visit, page: PagePixels, reading: _NameReading, text: TextRecord | None
) -> Found:
    """Return the finding of a name on the picture of a page."""
    medium = medium_at(text, reading.box)
    if medium is None and text is not None and text_at(text, reading.box):
        reading = replace(reading, weight=doubted(reading.weight, "otherwise"))
    return replace(
        _weighed(view, visit, reading, engines=(page.record.engine, page.record.second_engine)),
        locus=Locus(
            page=page.page,
            box=reading.box,
            channel="pixels",
            element=(medium.path or medium.element) if medium else "",
            src=medium.src if medium else "",
            href=medium.href if medium else "",
        ),
        evidence=page.paths(reading.box),
        url=page.url,
        pixels=page.places(reading.box),
    )


def _weighed(view: View, visit: Visit, reading: _NameReading, *, engines: tuple[str, str]) -> Found:
    """Return what a name amounts to, wherever it was read."""
    hit = reading.hit
    doubt: Literal["misreading", "unsure"] = (
        "unsure" if normal(hit.text) == normal(hit.spelling) else "misreading"
    )
    slug: Slug = reading.weight.slug if reading.sure else doubt
    facts = {
        "text": hit.text,
        "spelling": hit.spelling,
        "grade": hit.grade,
        "again": " / ".join(hit.again) or "-",
        "place": reading.weight.place,
    }
    message_id = f"{meta.id}.{slug}"
    return Found(
        outcome=reading.weight.outcome if reading.sure else "needs_review",
        visit=visit,
        locus=Locus(),
        observed=tidy(reading.line.text),
        expected=expected(view, reading.weight.place),
        message=message(message_id, **{name: facts[name] for name in meta.messages[message_id]}),
        confidence=hit.confidence,
        evidence=(),
        key=("pixels", "misreading" if slug == "unsure" else slug, normal(hit.spelling)),
        url="",
        excuse=reading.weight.excuse,
        reading=PixelReading(
            first=tidy(reading.line.text),
            again=hit.again,
            second=hit.second,
            grade=hit.grade,
            engine=engines[0],
            second_engine=engines[1],
        ),
    )
