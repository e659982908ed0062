"""The social medium's brand stands in the text of a shopping page.

Flags
    A whole-word mention of the social medium's brand (TikTok, ByteDance) in any text of a page: seen or
    hidden, in every frame and shadow root, in title, alternative text, labels, meta data and manifest.

Why
    The shop was to bear a name of its own and to be run by Tokopedia. Labels left over were named by the
    ministry as unfinished separation. A name is no article breach by itself, so a mention is an indication.

How decided
    Text of one block and channel is put together without trimming, so that a word split over coloured spans
    is whole, and is searched for the brand in folded form (case, width, look-alike letters, letter-spacing).
    A mention fails, unless it is part of a name that the shop bears on that day, or the pack allows it by its
    words, place, channel or link: then it is listed as excused, with the reason. It needs review where it is
    part of a name whose use is not settled on that day, or stands on a page of the login. What it amounts to
    follows from the business the page belongs to: on the social medium's own pages the name belongs, on the
    shop's it is left over, where Tokopedia takes over (cart to invoice) it is alien.

Evidence
    The page's `text.json`, the text around the mention, its channel, frame and box.

Cannot tell when
    A page's text could not be taken or was cut off, a frame could not be read, or a required stage was not
    reached.

Limits
    Text drawn as a picture is for `foreign-brand-pixels`. Whether hidden text is ever shown is not known: it
    counts, and the finding says that it was hidden. Product and merchant names that contain the brand are
    known only by the phrases the pack lists.

Source
    Liputan6, 4 March 2024 (labels that should read Shop or Tokopedia); brand names and dates: brands.toml.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.checks.base import Answer, Found, Need, RuleMeta, message
from crawler.checks.mentions import SOCIAL, STAGES, Places, expected, weigh
from crawler.checks.runs import normal, runs
from crawler.lib.text import find_words
from crawler.model.finding import Locus

if TYPE_CHECKING:
    from crawler.checks.mentions import Weight
    from crawler.checks.runs import Run
    from crawler.checks.view import PageText, View
    from crawler.lib.text import Match
    from crawler.model.evidence import Visit

SAYS = ("text", "channel", "place", "visible")
CONFIDENCE = {"exact": 0.98, "folded": 0.9}

meta = RuleMeta(
    id="foreign-brand-text",
    version=2,
    needs=frozenset({Need.TEXT}),
    stages=STAGES,
    messages={
        "foreign-brand-text.mention": SAYS,
        "foreign-brand-text.name-in-question": SAYS,
        "foreign-brand-text.place-in-question": SAYS,
    },
)


class Params(Places):
    """What a mention means at each stage kind."""


def run(view: View, params: Params) -> Answer:
    """Find every mention of the social medium in the text of every page."""
    brand = view.brands.names(SOCIAL, "brand", view.on)
    found: list[Found] = []
    texts = pages = 0
    for visit in view.visits:
        place = params.at(visit, view.standing(visit))
        for page in view.text(visit):
            pages += 1
            for text in runs(page.record):
                texts += 1
                for match in find_words(text.text, brand):
                    weight = weigh(view, text, (match.start, match.end), visit=visit, place=place)
                    found.append(_found(view, visit, page, text=text, match=match, weight=weight))
    return Answer(tuple(found), {"pages": pages, "texts": texts})


def _found(view: View, visit: Visit, page: PageText, *, text: Run, match: Match, weight: Weight) -> Found:
    snippet = text.snippet(match.start, match.end)
    node = text.at(match.start, match.end)[0]
    return Found(
        outcome=weight.outcome,
        visit=visit,
        locus=Locus(
            page=page.page,
            box=text.box(match.start, match.end),
            channel=text.channel,
            element=node.element,
            frame=text.frame_url,
        ),
        observed=snippet,
        expected=expected(view, weight.place),
        message=message(
            f"{meta.id}.{weight.slug}",
            text=match.text,
            channel=text.channel,
            place=weight.place,
            visible=text.visible,
        ),
        confidence=CONFIDENCE[match.kind],
        evidence=(page.path,),
        key=(text.channel, normal(snippet)),
        url=page.url,
        excuse=weight.excuse,
    )
