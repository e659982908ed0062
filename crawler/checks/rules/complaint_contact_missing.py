"""No contact for consumers' complaints is shown: the provider's own, or the ministry's.

Flags
    Pages that show neither telephone nor e-mail of the provider's complaint service, or not the complaint
    contact of Ditjen PKTN at the ministry of trade.

Why
    A provider must show a complaint service of its own with its contact, and the ministry's beside it, clear
    and readable.

How decided
    Visible text and links of the storefront and of all information pages are searched, and where they do not
    hold both contacts, what is read in pictures. The ministry's contact is any of its published numbers and
    addresses, however it is grouped, split over elements or kept from address collectors (`contacts.toml`).
    The provider's own is any other number or address on an information page that speaks of complaints.
    Absence fails only if an information page was read and nothing was left unread. A contact that only hidden
    text or a doubtful reading of a picture holds, or the directorate named without a known contact, needs
    review.

Evidence
    The `text.json` of every page that was searched, or the tiles of the picture.

Cannot tell when
    No information page was reached, none bore the marks of one, or a page, a frame or, where text lacks a
    contact, pictures could not be read.

Limits
    That a number is answered is not tested. A contact that a chat button opens is not seen. New contacts of
    the ministry must be added to the data.

Source
    Permendag 31/2023 Pasal 9 and 10, Permendag 19/2026 Pasal 12 and 13; the ministry's contacts: Harnas News,
    2023, and Harian Rakyat Bengkulu.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from crawler.checks import contacts, notices, phrases
from crawler.checks.base import Answer, Found, Need, RuleMeta
from crawler.model.policy import PolicyModel
from crawler.model.scenario import Stage

if TYPE_CHECKING:
    from crawler.checks.notices import Said
    from crawler.checks.view import View

meta = RuleMeta(
    id="complaint-contact-missing",
    version=4,
    needs=frozenset({Need.TEXT, Need.PIXELS}),
    stages=notices.STAGES,
    messages={
        "complaint-contact-missing.own-absent": ("pages",),
        "complaint-contact-missing.own-hidden": ("text",),
        "complaint-contact-missing.own-pictured": ("text",),
        "complaint-contact-missing.ministry-absent": ("pages",),
        "complaint-contact-missing.ministry-hidden": ("text",),
        "complaint-contact-missing.ministry-pictured": ("text",),
        "complaint-contact-missing.ministry-unlisted": ("text",),
    },
    rests_on=(Stage.INFO,),
)


class Params(PolicyModel):
    """The ministry's contacts and the words by which pages speak of complaints."""

    ministry_phones: tuple[str, ...] = Field(description="the ministry's numbers for complaints")
    ministry_emails: tuple[str, ...] = Field(description="the ministry's addresses for complaints")
    ministry_names: tuple[str, ...] = Field(description="how pages name the directorate in charge")
    complaint_words: tuple[str, ...] = Field(description="words by which a page speaks of complaints")
    source: str = Field(description="where the contacts were read")


def run(view: View, params: Params) -> Answer:
    """Look for both contacts on all pages with information."""
    said = notices.passages_said(view)
    checked = {"texts": len(said)}
    ministry = _ministry(view, params, said)
    own = _own(view, params, said)
    if ministry is not None or own is not None:
        in_text = (ministry, own).count(None)
        said = (*said, *notices.pictures(view))
        ministry = _ministry(view, params, said)
        own = _own(view, params, said)
        if (ministry, own).count(None) > in_text:
            checked["in-pictures"] = (ministry, own).count(None) - in_text
    if ministry is None and own is None:
        notices.found_everything(view)
    return Answer((*(own or ()), *(ministry or ())), checked)


def _ministry(view: View, params: Params, said: tuple[Said, ...]) -> tuple[Found, ...] | None:
    """Return what is wrong with the ministry's contact; None if it is shown."""
    known = _ministry_contacts(params)
    expected = params.ministry_emails[0] if params.ministry_emails else ""
    holding = [each for each in said if contacts.contacts_of(each.run) & known]
    if any(_clear(each) for each in holding):
        return None
    if holding:
        return (_unclear("ministry", holding[0], known, expected),)
    for each in said:
        place = phrases.first(each.text, params.ministry_names) if each.shown else None
        if place:
            text = each.text[slice(*place)]
            return (notices.unclear(meta, "ministry-unlisted", each, text=text, expected=expected),)
    return _absent(view, "ministry-absent", expected)


def _own(view: View, params: Params, said: tuple[Said, ...]) -> tuple[Found, ...] | None:
    """Return what is wrong with the provider's own contact; None if it is shown."""
    ministry = _ministry_contacts(params)
    pages = {_page_of(each) for each in said if _speaks_of_complaints(each, params)}
    holding = [each for each in said if _page_of(each) in pages and contacts.contacts_of(each.run) - ministry]
    if any(_clear(each) for each in holding):
        return None
    if holding:
        return (_unclear("own", holding[0], contacts.contacts_of(holding[0].run) - ministry, ""),)
    return _absent(view, "own-absent", "")


def _absent(view: View, slug: str, expected: str) -> tuple[Found, ...]:
    return (notices.absent(view, meta, slug, expected=expected),) if notices.decidable(view) else ()


def _unclear(whose: str, at: Said, wanted: frozenset[str], expected: str) -> Found:
    contact = min(contacts.contacts_of(at.run) & wanted)
    slug = f"{whose}-{'pictured' if at.picture else 'hidden'}"
    return notices.unclear(meta, slug, at, text=contact, expected=expected)


def _ministry_contacts(params: Params) -> frozenset[str]:
    phones = (contacts.national(number) for number in params.ministry_phones)
    return frozenset((*phones, *(address.lower() for address in params.ministry_emails)))


def _speaks_of_complaints(said: Said, params: Params) -> bool:
    return said.visit.kind is Stage.INFO and phrases.first(said.text, params.complaint_words) is not None


def _page_of(said: Said) -> tuple[int, int]:
    return (said.visit.ordinal, said.page)


def _clear(said: Said) -> bool:
    return said.shown and not said.doubtful
