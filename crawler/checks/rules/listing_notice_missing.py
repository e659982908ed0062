"""No notice says that the provider is listed by the ministry of trade.

Flags
    Storefront and information pages that nowhere say that the provider is on the ministry's list.

Why
    A provider has to make known that it stands on the list of providers on the ministry's site.

How decided
    Visible text of the storefront and of all information pages, in folded form and put together where it lies
    on one line or goes on below, is searched for the sentences that the pack lists; where it has none, what
    is clearly read in pictures. A sentence that is denied is none. Absence fails only if an information page
    was read and nothing was left unread. A sentence that the words around it leave open, one that only hidden
    text or a doubtful reading of a picture holds, or words that only speak of such a list, need review.

Evidence
    The `text.json` of every page that was searched, or the tiles of the picture.

Cannot tell when
    No information page was reached, none bore the marks of one, or a page, a frame or, where text gives no
    notice, pictures could not be read.

Limits
    Whether the provider really is on the list is not looked up. A notice in other words than the pack lists
    is not recognised.

Source
    Permendag 31/2023 Pasal 16(2), Permendag 19/2026 Pasal 20(2); neither lists a sanction for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from crawler.checks import notices, phrases, pictured, statements
from crawler.checks.base import Answer, Need, RuleMeta
from crawler.model.policy import PolicyModel
from crawler.model.scenario import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.checks.base import Found
    from crawler.checks.notices import Said
    from crawler.checks.view import View

meta = RuleMeta(
    id="listing-notice-missing",
    version=4,
    needs=frozenset({Need.TEXT, Need.PIXELS}),
    stages=notices.STAGES,
    messages={
        "listing-notice-missing.absent": ("pages",),
        "listing-notice-missing.hidden": ("text",),
        "listing-notice-missing.unclear": ("text",),
    },
    rests_on=(Stage.INFO,),
)


class Params(PolicyModel):
    """The sentences that give notice, and words that only come near."""

    notices: tuple[str, ...] = Field(description="sentences that give notice; … stands for up to 40 signs")
    near: tuple[str, ...] = Field(description="words that speak of the list without giving notice")
    source: str = Field(description="where the sentences come from")


def run(view: View, params: Params) -> Answer:
    """Look for the notice on all pages with information."""
    said = notices.passages_said(view)
    checked = {"texts": len(said)}
    if _is_given(said, params):
        notices.found_everything(view)
        return Answer((), checked)
    shown = notices.pictures(view)
    if _is_given(shown, params):
        notices.found_everything(view)
        return Answer((), {**checked, "in-pictures": 1})
    return Answer(_findings_of_notice(view, params, (*said, *shown)), checked)


def _is_given(said: Iterable[Said], params: Params) -> bool:
    """Say whether the notice is given for all to see."""
    return any(
        statement.grade == "stated"
        for each in said
        if each.shown and not each.doubtful
        for statement in statements.find_sentences(each.text, params.notices)
    )


def _findings_of_notice(view: View, params: Params, said: tuple[Said, ...]) -> tuple[Found, ...]:
    """Return what is wrong with the notice: what comes nearest to it, else its absence."""
    expected = params.notices[0] if params.notices else ""
    for slug, near in (("hidden", _giving), ("unclear", _near_notice)):
        for each in said:
            place = near(each, params)
            if place:
                text = each.text[slice(*place)]
                return (notices.unclear(meta, slug, each, text=text, expected=expected),)
    return (notices.absent(view, meta, "absent", expected=expected),) if notices.decidable(view) else ()


def _giving(each: Said, params: Params) -> tuple[int, int] | None:
    """Return where hidden text gives notice."""
    statement = None if each.shown else statements.best(each.text, params.notices)
    return (statement.start, statement.end) if statement and statement.grade == "stated" else None


def _near_notice(each: Said, params: Params) -> tuple[int, int] | None:
    """Return where words come near a notice: denied, left open, read in doubt, or of the list alone."""
    statement = statements.best(each.text, params.notices)
    if statement:
        return statement.start, statement.end
    if each.picture and pictured.holds_any_sentence(each.text, params.notices):
        return 0, len(each.text)
    return phrases.first(each.text, params.near)
