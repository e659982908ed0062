"""No notice says that the provider is listed by the ministry of trade.

Flags
    Storefront and information pages that nowhere say that the provider is on the ministry's list.

Why
    A provider has to make known that it stands on the list of providers on the ministry's site.

How decided
    Visible text of the storefront and of all information pages is searched for the sentences that the pack
    lists. Absence fails only if an information page was read and nothing was left unread. A sentence that
    only hidden text holds, or words that only speak of such a list, need review.

Evidence
    The `text.json` of every page that was searched.

Cannot tell when
    No information page was reached, or a page or frame could not be read.

Limits
    Whether the provider really is on the list is not looked up. A notice in other words than the pack lists
    is not recognised; one drawn as a picture is not read.

Source
    Permendag 31/2023 Pasal 16(2), Permendag 19/2026 Pasal 20(2); neither lists a sanction for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from crawler.checks import notices, phrases
from crawler.checks.base import Answer, Need, RuleMeta
from crawler.model.policy import PolicyModel

if TYPE_CHECKING:
    from crawler.checks.base import Found
    from crawler.checks.view import View

meta = RuleMeta(
    id="listing-notice-missing",
    version=1,
    needs=frozenset({Need.TEXT}),
    stages=notices.STAGES,
    messages={
        "listing-notice-missing.absent": ("pages",),
        "listing-notice-missing.hidden": ("text",),
        "listing-notice-missing.unclear": ("text",),
    },
)


class Params(PolicyModel):
    """The sentences that give notice, and words that only come near."""

    notices: tuple[str, ...] = Field(description="sentences that give notice; … stands for up to 40 signs")
    near: tuple[str, ...] = Field(description="words that speak of the list without giving notice")
    source: str = Field(description="where the sentences come from")


def run(view: View, params: Params) -> Answer:
    """Look for the notice on all pages with information."""
    said = notices.said(view)
    found = _found(view, params, said)
    if found is None:
        notices.found_everything(view)
    return Answer(found or (), {"texts": len(said)})


def _found(view: View, params: Params, said: tuple[notices.Said, ...]) -> tuple[Found, ...] | None:
    """Return what is wrong with the notice; none if it is given for all to see."""
    expected = params.notices[0] if params.notices else ""
    giving = [(each, place) for each in said if (place := phrases.first(each.run.text, params.notices))]
    if any(each.run.visible for each, _ in giving):
        return None
    near = [(each, place) for each in said if (place := phrases.first(each.run.text, params.near))]
    for slug, listed in (("hidden", giving), ("unclear", near)):
        if listed:
            at, place = listed[0]
            text = at.run.text[slice(*place)]
            return (notices.unclear(meta, slug, at, text=text, expected=expected),)
    return (notices.absent(view, meta, "absent", expected=expected),) if notices.decidable(view) else ()
