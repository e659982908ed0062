"""The invoice is not there, or not issued by Tokopedia.

Flags
    An invoice page that names the social medium as issuer, names no issuer, or is no invoice.

Why
    The ministry named the invoice as what was still open when the shop had been moved: it was to be issued as
    in Tokopedia's own application. No article asks for it.

How decided
    Only the invoice stage is looked at: it is reached with the address of an order that the inspector names.
    Visible text, folded and put together where it lies on one line, is searched for an issuer's label and
    what follows it, and for a sentence that Tokopedia issues; where it holds neither, what pictures on the
    page say is searched too. A label or a sentence that is denied is none. The social medium's brand as
    issuer fails, unless that name is current; so does an invoice that names no issuer. Tokopedia standing on
    the invoice, but not as issuer, needs review; so do an issuer left open or read in doubt, a name in
    question, and a page that speaks of no invoice.

Evidence
    The `text.json` of the invoice page, or the tiles of its picture.

Cannot tell when
    No invoice was named, the page was not reached or bore no marks of an invoice or an order, or text, a
    frame or pictures of it could not be read.

Limits
    An invoice given as a PDF is not read.

Source
    Kemendag, 13 March 2024 (Bloomberg Technoz).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, get_args

from pydantic import Field

from crawler.checks import passages, phrases, pictured, statements
from crawler.checks.allowances import name_around
from crawler.checks.base import Answer, Found, Need, RuleMeta, message
from crawler.checks.mention import Mention
from crawler.checks.statements import BREAK
from crawler.checks.weights import SOCIAL_BUSINESS
from crawler.lib.steady import tidy
from crawler.lib.text import find_words
from crawler.model.finding import Locus
from crawler.model.policy import PolicyModel
from crawler.model.scenario import Stage

if TYPE_CHECKING:
    from crawler.checks.pages import PageText
    from crawler.checks.view import View
    from crawler.model.evidence import Visit

ISSUER_CHARS = 80
LABEL_GAP = f" :\u00a0\n\t-{BREAK}"
LINES = re.compile(f"[\n{BREAK}]")
SURE = 0.9

_Weighed = tuple["PageText", tuple["Slug", str] | None]
Slug = Literal["social-issuer", "name-in-question", "issuer-unclear", "issuer-absent", "no-invoice"]
ORDER: tuple[Slug, ...] = get_args(Slug)
NAMED = ("social-issuer", "name-in-question")
FAILS = ("social-issuer", "issuer-absent")

meta = RuleMeta(
    id="invoice-missing",
    version=6,
    needs=frozenset({Need.TEXT, Need.PIXELS}),
    stages=(Stage.INVOICE,),
    messages={
        "invoice-missing.social-issuer": ("text",),
        "invoice-missing.issuer-absent": ("text",),
        "invoice-missing.issuer-unclear": ("text",),
        "invoice-missing.name-in-question": ("text",),
        "invoice-missing.no-invoice": ("text",),
    },
    rests_on=(Stage.INVOICE,),
)


class Params(PolicyModel):
    """Who may issue, and how invoices say it."""

    issuers: tuple[str, ...] = Field(min_length=1, description="who has to issue the invoice")
    labels: tuple[str, ...] = Field(description="labels before the issuer's name")
    invoice_words: tuple[str, ...] = Field(description="words without which a page is no invoice")
    source: str = Field(description="where this comes from")


def run(view: View, params: Params) -> Answer:
    """Look at who issues each invoice that was opened."""
    found: list[Found] = []
    checked = {"visits": len(view.visits)}
    for visit in view.visits:
        before = len(view.gaps)
        pages = view.text(visit)
        weighed = [(page, _weigh(view, params, _visible(page))) for page in pages]
        if pages and all(verdict and verdict[0] not in NAMED for _, verdict in weighed):
            weighed, shown = _with_pictures(view, params, visit, weighed)
            checked.update({"in-pictures": checked.get("in-pictures", 0) + 1} if shown else {})
        whole = len(view.gaps) == before
        wrong = sorted(
            ((page, verdict) for page, verdict in weighed if verdict),
            key=lambda item: ORDER.index(item[1][0]),
        )
        if wrong and wrong[0][1][0] in NAMED:
            found.append(_finding_of_page(visit, *wrong[0], expected=params.issuers[0]))
        elif len(wrong) < len(weighed):
            view.settled(visit)
        elif wrong and whole and view.confirmed(visit):
            found.append(_finding_of_page(visit, *wrong[0], expected=params.issuers[0]))
    return Answer(tuple(found), checked)


def _visible(page: PageText) -> str:
    return BREAK.join(map(passages.spoken, passages.lines(page.record)))


def _with_pictures(
    view: View, params: Params, visit: Visit, weighed: list[_Weighed]
) -> tuple[list[_Weighed], bool]:
    """Return the pages weighed again with what their pictures say, and whether one is in order by that."""
    shown = pictured.passages_of(view, visit)
    again: list[_Weighed] = []
    for page, verdict in weighed:
        mine = [each for each in shown if each.page.page == page.page]
        said = BREAK.join(each.run.text for each in mine)
        now = _weigh(view, params, f"{_visible(page)}{BREAK}{said}") if mine else verdict
        doubtful = now is None and not all(each.clear for each in mine)
        again.append((page, ("issuer-unclear", tidy(said)[:ISSUER_CHARS]) if doubtful else now))
    return again, any(verdict is None for _, verdict in again)


def _weigh(view: View, params: Params, text: str) -> tuple[Slug, str] | None:
    """Return what is wrong with an invoice and the text that shows it; None if nothing is."""
    issuer = _issuer(text, params.labels)
    brand = next(iter(find_words(issuer, view.brands.names(SOCIAL_BUSINESS, "brand", view.on))), None)
    if brand:
        mention = Mention(issuer, brand.start, brand.end)
        if name_around(mention, "in-question", view.brands, view.on):
            return "name-in-question", issuer
        if not name_around(mention, "current", view.brands, view.on):
            return "social-issuer", issuer
    if not phrases.first(text, params.invoice_words):
        return "no-invoice", ""
    issued = [sentence for sentence in view.brands.stated("e-commerce", view.on) if _issues(sentence)]
    said = (
        statements.best(issuer, params.issuers, whole=True)
        if issuer
        else statements.best(text, issued, whole=True)
    )
    if said and said.grade == "stated":
        return None
    named = statements.best(text, params.issuers)
    if (said and said.grade == "open") or (named and named.grade != "denied"):
        return "issuer-unclear", issuer
    return "issuer-absent", issuer


def _issuer(text: str, labels: tuple[str, ...]) -> str:
    """Return what follows the first issuer's label not denied: the rest of its line, or the next line."""
    said = statements.find_sentences(text, sorted(labels, key=len, reverse=True))
    place = next((label.end for label in said if label.grade != "denied"), None)
    if place is None:
        return ""
    lines = (tidy(line) for line in LINES.split(text[place:].lstrip(LABEL_GAP)))
    return next((line for line in lines if line), "")[:ISSUER_CHARS]


def _issues(sentence: str) -> bool:
    return sentence.casefold().startswith(("diterbitkan", "issued"))


def _finding_of_page(visit: Visit, page: PageText, verdict: tuple[Slug, str], *, expected: str) -> Found:
    slug, text = verdict
    return Found(
        outcome="fail" if slug in FAILS else "needs_review",
        visit=visit,
        locus=Locus(page=page.page, channel="text"),
        observed=text,
        expected=expected,
        message=message(f"{meta.id}.{slug}", text=text),
        confidence=SURE,
        evidence=(page.path,),
        key=(slug,),
        url=page.url,
    )
