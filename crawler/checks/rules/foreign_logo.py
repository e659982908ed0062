"""The social medium's logo stands on a shopping page.

Flags
    The social medium's logo in a picture, drawing, icon or background of a page, in any colour.

Why
    A logo says whose place this is without a letter, and is forgotten when labels are renamed. As with a
    name, a logo left over is an indication, no article breach by itself.

How decided
    Shapes that stand out in what page text does not explain, every small picture as a whole, the page's
    vector drawings, drawn large, and the icons that the page declares (beside its title, of its manifest;
    nobody sees them on the page) are put before a classifier that was trained on packaged icons. What it
    is sure of fails, and so does what it doubts where the page itself names the picture so, in its file
    or alternative text. What it doubts otherwise needs review, and so does a drawing that is the logo
    where clear pixels do not show it; a name alone proves nothing here. A shape that was read as a letter
    of a word is no logo. The same allowances weigh as in `foreign-brand-text`: in a link to a profile the
    logo says where that link leads, and is excused. What a logo amounts to follows from the business the
    page belongs to.

Evidence
    The tiles of the page's picture that show the place, the box of the logo on the page and in px of each
    tile, how sure the classifier is, and the element whose picture it is, if there is one.

Cannot tell when
    The page's picture was not taken or was cut off, the readers are missing or failed, or a stage was not
    reached. No page of a shop was seen: none bore the marks of storefront, search, product, cart, checkout or
    payment.

Limits
    Logos below some 12 px, half hidden, or grown into a busy photograph are missed. Pixels that were looked
    at and show nothing are no proof.

Source
    Liputan6, 4 March 2024 (labels that should read Shop or Tokopedia); recall and precision are printed by
    `make bench-brand`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import Field

from crawler.checks.base import Answer, Found, Need, RuleMeta, message
from crawler.checks.mention import Mention
from crawler.checks.pages import medium_at
from crawler.checks.weights import SOCIAL_BUSINESS, STAGES, Places, expected, weigh
from crawler.derive.documents.markup import named_part, words_of_name
from crawler.derive.pictures.logos import LAST, SURE, VERSION
from crawler.lib.text import find_words
from crawler.model.box import overlap
from crawler.model.finding import Locus, PixelReading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.checks.pages import PageIcon, PagePixels
    from crawler.checks.view import View
    from crawler.checks.weights import Place
    from crawler.derive.pictures.logos import Mark
    from crawler.model.evidence import CssBox, MediaNode, TextRecord, Visit

NAME = "TikTok logo"
LARGER = 16  # times the area of a logo: what holds it and is no larger has to do with it
LOGO_READER = f"{LAST} {VERSION}"

meta = RuleMeta(
    id="foreign-logo",
    version=3,
    needs=frozenset({Need.PIXELS, Need.TEXT}),
    stages=STAGES,
    messages={
        "foreign-logo.logo": ("place",),
        "foreign-logo.drawn": ("place",),
        "foreign-logo.named": ("place", "name"),
        "foreign-logo.doubtful": ("place",),
        "foreign-logo.place-in-question": ("place",),
    },
    shopping=True,
    leaves="logo",
)


class Params(Places):
    """What a logo means at each stage kind, and how sure the classifier must be."""

    min_confidence: float = Field(
        default=SURE, ge=0, le=1, description="confidence of the classifier below which a logo needs review"
    )


def run(view: View, params: Params) -> Answer:
    """Find every logo of the social medium in the pixels of every page."""
    found: list[Found] = []
    pages = 0
    brand = view.brands.names(SOCIAL_BUSINESS, "brand", view.on)
    for visit in view.visits:
        texts = {page.page: page.record for page in view.text(visit)}
        place = params.at(visit, view.standing(visit))
        for page in view.pixels(visit):
            pages += 1
            for mark in page.record.marks:
                text = texts.get(page.page)
                link = next(_links(text, mark.box), "")
                name = next(_names(text, mark.box, brand), "")
                medium = medium_at(text, mark.box)
                found.append(
                    _finding_on_picture(
                        view, params, visit, page, mark=mark, link=link, name=name, medium=medium, place=place
                    )
                )
        for icon in view.icons(visit):
            found += [
                _on_icon(view, params, visit, icon, mark=mark, place=place) for mark in icon.record.marks
            ]
    return Answer(tuple(found), {"pages": pages})


def _links(record: TextRecord | None, box: CssBox) -> Iterator[str]:
    """Yield where the links lead that hold a place: those of pictures there, and of texts around them."""
    for node in record.media if record else ():
        if node.href and overlap(node.box, box) and node.box.area <= LARGER * box.area:
            yield node.href
    for text in record.nodes if record else ():
        if text.href and any(overlap(each, box) and each.area <= LARGER * box.area for each in text.boxes):
            yield text.href


def _names(record: TextRecord | None, box: CssBox, brand: tuple[str, ...]) -> Iterator[str]:
    """Yield what the page calls a picture at a place, where that names the social medium."""
    for node in record.media if record else ():
        if overlap(node.box, box) and node.box.area <= LARGER * box.area:
            file = "" if node.src.startswith("data:") else named_part(node.src).rpartition("/")[2]
            for said in (node.alt, file):
                if find_words(words_of_name(said), brand):
                    yield said


def _on_icon(view: View, params: Params, visit: Visit, icon: PageIcon, *, mark: Mark, place: Place) -> Found:
    """Return the finding of a logo on an icon of a page."""
    found = _weighed(view, params, visit, mark=mark, link="", name="", place=place)
    return replace(
        found,
        locus=Locus(page=icon.page, channel="icon", src=icon.address),
        evidence=(icon.path,),
        key=("icon", found.key[1]),
        url=icon.url,
        hidden=True,
        pixels=(icon.place(mark.box),),
    )


def _finding_on_picture(
    view: View,
    params: Params,
    visit: Visit,
    page: PagePixels,
    *,
    mark: Mark,
    link: str,
    name: str,
    medium: MediaNode | None,
    place: Place,
) -> Found:
    """Return the finding of a logo on the picture of a page."""
    return replace(
        _weighed(view, params, visit, mark=mark, link=link, name=name, place=place),
        locus=Locus(
            page=page.page,
            box=mark.box,
            channel="pixels",
            element=(medium.path or medium.element) if medium else "",
            src=medium.src if medium else "",
            href=link,
        ),
        evidence=page.paths(mark.box),
        url=page.url,
        pixels=page.places(mark.box),
    )


def _weighed(
    view: View, params: Params, visit: Visit, *, mark: Mark, link: str, name: str, place: Place
) -> Found:
    """Return what a logo amounts to, wherever it is."""
    weight = weigh(view, Mention(NAME, 0, NAME.index(" "), links=(link,)), visit=visit, place=place)
    sure = mark.confidence >= params.min_confidence
    slug = "drawn" if mark.shown_by == "drawing" else "logo"
    if not sure:
        slug = "named" if name else "doubtful"
    elif weight.slug == "place-in-question":
        slug = weight.slug
    said = {"name": name} if slug == "named" else {}
    return Found(
        outcome=weight.outcome if sure or name else "needs_review",
        visit=visit,
        locus=Locus(),
        observed=NAME,
        expected=expected(view, weight.place),
        message=message(f"{meta.id}.{slug}", place=weight.place, **said),
        confidence=round(mark.confidence, 2),
        evidence=(),
        key=("logo", slug, link),
        url="",
        excuse=weight.excuse,
        reading=PixelReading(first=NAME, grade="sure" if sure else "doubtful", engine=LOGO_READER),
    )
