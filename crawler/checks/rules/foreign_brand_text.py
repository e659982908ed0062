"""The social medium's brand stands in the text of a shopping page.

Flags
    A mention of the social medium's brand (TikTok, ByteDance) in any text of a page, as a word or inside a
    longer one: seen or hidden, in every frame and shadow root, in title, alternative text, labels, meta data
    and manifest, in linked data (JSON-LD), in templates that no page shows yet, and in names that its makers
    gave: addresses and files of a page's own parts, classes and ids. Also in documents that the journey got
    beside its pages: downloads such as an invoice as PDF, e-mails, and HTML that scripts fetched.

Why
    The shop was to bear a name of its own and to be run by Tokopedia. Labels left over were named by the
    ministry as unfinished separation. A name is no article breach by itself, so a mention is an indication.

How decided
    Text of one block and channel is put together without trimming, so that a word split over coloured spans
    is whole, and is searched for the brand in folded form (case, width, look-alike letters,
    letter-spacing). Letters of a writing without capitals beside it leave it a word. Inside a longer word,
    drawn out or with characters between its parts it needs review, unless two other words run together make
    it; so does what may be the sound of a clock. What surely is that sound is excused (`compounds.toml`).
    So does a word that pieces of several blocks make by where they lie, or that is read where direction is
    overridden or mirrored. A mention fails, unless it is part of a name that the shop bears on that day, or
    the pack allows it by its words, place, channel or link: then it is listed as excused, with the reason.
    It needs review where it is inside a longer word or hashtag, part of a name whose use is not settled on
    that day, stands on a page of the login, or where no shopper reads it (`unread_channels`): in an address
    or a file name, which are taken apart at punctuation, digits and capitals, in a template that no page
    filled, or in HTML that a script fetched. Files that the social medium's own hosts serve are left to the
    rules of the network. What nobody sees weighs one step less than what is seen. What a mention amounts to
    follows from the business the page belongs to: on the social medium's own pages the name belongs, on the
    shop's it is left over, where Tokopedia takes over (cart to invoice) it is alien.

Evidence
    The page's `text.json` or HTML, the text around the mention, its channel, frame, element and box.

Cannot tell when
    A page's text or source could not be taken or was cut off, a frame could not be read, a document was
    answered and not kept, is broken, or has pages without text, or a required stage was not reached. No page
    of a shop was seen: none bore the marks of storefront, search, product, cart, checkout or payment.

Limits
    Text drawn as a picture is for `foreign-brand-pixels`. Whether hidden text is ever shown is not known: it
    counts, and the finding says that it was hidden. Product and merchant names that contain the brand are
    known only by the phrases the pack lists. Where links lead is not judged, nor are words in the answers
    that scripts get and do not show.

Source
    Liputan6, 4 March 2024 (labels that should read Shop or Tokopedia); brand names and dates: brands.toml.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from pydantic import Field

from crawler.checks import phrases
from crawler.checks.base import Answer, Found, Need, RuleMeta, message
from crawler.checks.mention import Mention
from crawler.checks.runs import Piece, TextRun, runs
from crawler.checks.weights import SOCIAL_BUSINESS, STAGES, Places, doubted, expected, weigh
from crawler.derive.documents.markup import Said, named_part, words_of_name
from crawler.derive.operators.groups import groups
from crawler.derive.pictures.doubts import clusters
from crawler.lib import compounds
from crawler.lib.hosts import host_of
from crawler.lib.steady import normal
from crawler.lib.text import find_words
from crawler.model.evidence import Channel  # noqa: TC001 - pydantic reads it at run time
from crawler.model.finding import Locus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crawler.checks.pages import PageMarkup
    from crawler.checks.view import View
    from crawler.checks.weights import Place, Weight
    from crawler.lib.text import Match
    from crawler.model.evidence import MediaNode, Visit

SAYS = ("text", "channel", "place", "visible")
CONFIDENCE = {"exact": 0.98, "folded": 0.9, "confusable": 0.6}
CODE = ("address", "class")  # channels of names, which are taken apart
_STAMP = re.compile(r"[0-9a-f]{6,}")  # what a build stamps into the name of a file

meta = RuleMeta(
    id="foreign-brand-text",
    version=6,
    needs=frozenset({Need.TEXT, Need.MARKUP, Need.DOCUMENTS, Need.OPERATORS}),
    stages=STAGES,
    messages={
        "foreign-brand-text.mention": SAYS,
        "foreign-brand-text.unread": ("text", "channel", "place"),
        "foreign-brand-text.name-in-question": SAYS,
        "foreign-brand-text.place-in-question": SAYS,
        "foreign-brand-text.doubtful": SAYS,
    },
    shopping=True,
    leaves="mention",
)


class Params(Places):
    """What a mention means at each stage kind, and where nobody reads it."""

    unread_channels: tuple[Channel, ...] = Field(
        default=("address", "class", "template", "fetched"),
        description="channels that no shopper reads: a person has to look",
    )


class _ReadRun(NamedTuple):
    """A run of text of a page and where it was read. `name` is the name of code that the run takes apart.

    `drawn` says that the words are told from where and how letters lie, not from their order in the page.
    """

    run: TextRun
    page: int
    url: str
    path: str
    name: str = ""
    src: str = ""
    drawn: bool = False


def run(view: View, params: Params) -> Answer:
    """Find every mention of the social medium in the text of every page."""
    brand = view.brands.names(SOCIAL_BUSINESS, "brand", view.on)
    checked = {"pages": 0, "texts": 0, "sources": 0, "documents": 0}
    found: list[Found] = []
    for visit in view.visits:
        place = params.at(visit, view.standing(visit))
        read = (_texts, _sources, _documents)
        for piece in (piece for pieces in read for piece in pieces(view, visit, checked)):
            for match in _mentions(piece, brand):
                if _served_by_social(view, piece):
                    break
                weight = _weigh(view, piece, match, visit=visit, place=place)
                found.append(_findings_in(view, params, visit, piece, match=match, weight=weight))
    return Answer(tuple(found), checked)


def _mentions(piece: _ReadRun, brand: tuple[str, ...]) -> list[Match]:
    """Return where the brand stands in a text; names of code are taken apart, and no word runs on in them."""
    whole = find_words(piece.run.text, brand)
    if piece.run.channel in CODE:
        return whole
    within = [
        match
        for match in compounds.inside(piece.run.text, brand)
        if all(match.end <= other.start or match.start >= other.end for other in whole)
    ]
    return [*whole, *within]


def _texts(view: View, visit: Visit, checked: dict[str, int]) -> Iterator[_ReadRun]:
    for page in view.text(visit):
        checked["pages"] += 1
        for text in runs(page.record):
            checked["texts"] += 1
            yield _ReadRun(text, page.page, page.url, page.path)
            if any({"bidi", "mirrored", "tight"} & set(piece.traits) for piece in text.pieces):
                yield _ReadRun(_backwards(text), page.page, page.url, page.path, drawn=True)
        for said, box in clusters(page.record):
            yield _ReadRun(TextRun((Piece(said, boxes=(box,)),)), page.page, page.url, page.path, drawn=True)


def _backwards(run: TextRun) -> TextRun:
    """Return a run as it is drawn where its direction is overridden or a mirror turns it round."""
    turned = tuple(piece._replace(text=piece.text[::-1]) for piece in reversed(run.pieces))
    return replace(run, pieces=turned)


def _sources(view: View, visit: Visit, checked: dict[str, int]) -> Iterator[_ReadRun]:
    pictures = {page.page: page.record.media for page in view.text(visit)}
    for document in view.markup(visit):
        shown = _addresses(document, pictures.pop(document.page, ()))
        for said in (*document.said, *shown):
            checked["sources"] += 1
            name = named_part(said.text) if said.channel == "address" else said.text
            text = words_of_name(name) if said.channel in CODE else name
            yield _ReadRun(
                run=TextRun(
                    (Piece(text, element=said.element, href=said.href),),
                    channel=said.channel,
                    visible=False,
                    frame_url=document.frame,
                ),
                page=document.page,
                url=document.url,
                path=document.path,
                name=name if said.channel in CODE else "",
                src=said.text if said.channel == "address" else "",
            )


def _addresses(document: PageMarkup, pictures: Iterable[MediaNode]) -> Iterator[Said]:
    """Yield the address of a document, and those of its pictures that its source does not name."""
    named_ones = {said.text for said in document.said}
    yield Said(channel="address", text=document.frame, element="document")
    for picture in pictures:
        if picture.src.startswith("http") and picture.src not in named_ones:
            named_ones.add(picture.src)
            element = picture.path or picture.element
            yield Said(channel="address", text=picture.src, element=element, href=picture.href)


def _documents(view: View, visit: Visit, checked: dict[str, int]) -> Iterator[_ReadRun]:
    for document in view.documents(visit):
        checked["documents"] += 1
        shown = document.how == "download"
        for number, text in enumerate(document.texts):
            element = f"{document.name}#{number}" if document.name else ""
            run = TextRun((Piece(text, element=element, block=number),), document.how, visible=shown)
            yield _ReadRun(run, 1, document.url, document.path)


def _served_by_social(view: View, piece: _ReadRun) -> bool:
    """Say whether an address lies on a host of the social medium's own: the rules of the network judge it."""
    return bool(piece.src) and view.operator(host_of(piece.src)).operator == groups().social


def _weigh(view: View, piece: _ReadRun, match: Match, *, visit: Visit, place: Place) -> Weight:
    """Weigh a mention by the words around it; a name of code in a link to a profile by the name alone."""
    whole = match.kind != "confusable" and not _in_longer_tag(piece.run.text, match)
    mention = piece.run.mention(match.start, match.end, spelling=match.spelling, whole=whole)
    weight = weigh(view, mention, visit=visit, place=place)
    if not whole or piece.drawn:
        weight = doubted(weight)
    if weight.excuse or not piece.name:
        return weight
    link = piece.run.pieces[0].href
    alone = Mention(match.spelling, 0, len(match.spelling), piece.run.channel, (link,))
    return replace(weight, excuse=weigh(view, alone, visit=visit, place=place).excuse)


def _in_longer_tag(text: str, match: Match) -> bool:
    """Say whether a name is a part of a longer hashtag, as in `#TikTokHariIni`: its humps part no words."""
    token = phrases.token(text, match.start, match.end)
    around = text[max(0, match.start - 1) : match.start], text[match.end : match.end + 1]
    return token.startswith("#") and any(sign.isalnum() or sign == "_" for sign in around)


def _findings_in(
    view: View, params: Params, visit: Visit, piece: _ReadRun, *, match: Match, weight: Weight
) -> Found:
    text = piece.run
    snippet = piece.name or text.snippet(match.start, match.end)
    node = text.at(match.start, match.end)[0]
    unread = text.channel in params.unread_channels and weight.slug == "mention"
    message_id = f"{meta.id}.{'unread' if unread else weight.slug}"
    facts = {"text": match.text, "channel": text.channel, "place": weight.place, "visible": text.visible}
    return Found(
        outcome="needs_review" if unread else weight.outcome,
        visit=visit,
        locus=Locus(
            page=piece.page,
            box=text.box(match.start, match.end),
            channel=text.channel,
            element=node.element,
            src=piece.src,
            href=node.href,
            frame=text.frame_url,
        ),
        observed=snippet,
        expected="" if piece.name else expected(view, weight.place),
        message=message(message_id, **{name: facts[name] for name in meta.messages[message_id]}),
        confidence=CONFIDENCE[match.kind],
        evidence=(piece.path,),
        key=(text.channel, _STAMP.sub("#", normal(snippet)) if piece.name else normal(snippet)),
        url=piece.url,
        excuse=weight.excuse,
        hidden=not text.visible,
    )
