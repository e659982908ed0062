"""The invoice is not there, or not issued by Tokopedia.

Flags
    An invoice page that names the social medium as issuer, names no issuer, or is no invoice.

Why
    The ministry named the invoice as what was still open when the shop had been moved: it was to be issued as
    in Tokopedia's own application. No article asks for it.

How decided
    Only the invoice stage is looked at: it is reached with the address of an order that the inspector names.
    Visible text is searched for an issuer's label and what follows it, and for a sentence that Tokopedia
    issues. The social medium's brand as issuer fails, unless that name is current; so does an invoice that
    names no issuer. Tokopedia standing on the invoice, but not as issuer, needs review; so do a name in
    question, and a page that speaks of no invoice.

Evidence
    The `text.json` of the invoice page.

Cannot tell when
    No invoice was named, the page was not reached, or text or a frame of it could not be read.

Limits
    An invoice given as a picture or a PDF is not read.

Source
    Kemendag, 13 March 2024 (Bloomberg Technoz).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from pydantic import Field

from crawler.checks import phrases
from crawler.checks.allowances import name_around
from crawler.checks.base import Answer, Found, Need, RuleMeta, message
from crawler.checks.mentions import SOCIAL
from crawler.checks.runs import runs, tidy
from crawler.lib.text import find_words
from crawler.model.finding import Locus
from crawler.model.policy import PolicyModel
from crawler.model.scenario import Stage

if TYPE_CHECKING:
    from crawler.checks.pages import PageText
    from crawler.checks.view import View
    from crawler.model.evidence import Visit

ISSUER_CHARS = 80
LABEL_GAP = " :\u00a0\n\t-"
SURE = 0.9

Slug = Literal["social-issuer", "name-in-question", "issuer-unclear", "issuer-absent", "no-invoice"]
ORDER: tuple[Slug, ...] = get_args(Slug)
NAMED = ("social-issuer", "name-in-question")
FAILS = ("social-issuer", "issuer-absent")

meta = RuleMeta(
    id="invoice-missing",
    version=2,
    needs=frozenset({Need.TEXT}),
    stages=(Stage.INVOICE,),
    messages={
        "invoice-missing.social-issuer": ("text",),
        "invoice-missing.issuer-absent": ("text",),
        "invoice-missing.issuer-unclear": ("text",),
        "invoice-missing.name-in-question": ("text",),
        "invoice-missing.no-invoice": ("text",),
    },
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
    for visit in view.visits:
        before = len(view.gaps)
        pages = view.text(visit)
        whole = len(view.gaps) == before
        weighed = [(page, _weigh(view, params, _visible(page))) for page in pages]
        wrong = sorted(
            ((page, verdict) for page, verdict in weighed if verdict),
            key=lambda item: ORDER.index(item[1][0]),
        )
        if wrong and wrong[0][1][0] in NAMED:
            found.append(_found(visit, *wrong[0], expected=params.issuers[0]))
        elif len(wrong) < len(weighed):
            view.settled(visit)
        elif wrong and whole:
            found.append(_found(visit, *wrong[0], expected=params.issuers[0]))
    return Answer(tuple(found), {"visits": len(view.visits)})


def _visible(page: PageText) -> str:
    kept = (run.text for run in runs(page.record) if run.visible and run.channel in ("text", "pseudo"))
    return "\n".join(kept)


def _weigh(view: View, params: Params, text: str) -> tuple[Slug, str] | None:
    """Return what is wrong with an invoice and the text that shows it; none if nothing is."""
    issuer = _issuer(text, params.labels)
    brand = next(iter(find_words(issuer, view.brands.names(SOCIAL, "brand", view.on))), None)
    if brand:
        span = (brand.start, brand.end)
        if name_around(issuer, span, "in-question", view.brands, view.on):
            return "name-in-question", issuer
        if not name_around(issuer, span, "current", view.brands, view.on):
            return "social-issuer", issuer
    if not phrases.first(text, params.invoice_words):
        return "no-invoice", ""
    if phrases.first(issuer, params.issuers):
        return None
    issued = [sentence for sentence in view.brands.stated("e-commerce", view.on) if _issues(sentence)]
    if not issuer and phrases.first(text, issued):
        return None
    return ("issuer-unclear", issuer) if phrases.first(text, params.issuers) else ("issuer-absent", issuer)


def _issuer(text: str, labels: tuple[str, ...]) -> str:
    """Return what follows the first issuer's label: the rest of its line, or the next line."""
    place = phrases.first(text, sorted(labels, key=len, reverse=True))
    if place is None:
        return ""
    lines = (tidy(line) for line in text[place[1] :].lstrip(LABEL_GAP).split("\n"))
    return next((line for line in lines if line), "")[:ISSUER_CHARS]


def _issues(sentence: str) -> bool:
    return sentence.casefold().startswith(("diterbitkan", "issued"))


def _found(visit: Visit, page: PageText, verdict: tuple[Slug, str], *, expected: str) -> Found:
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
