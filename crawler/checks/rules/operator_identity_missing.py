"""A page that should say who runs the service does not say that Tokopedia does.

Flags
    A storefront (or the notice on it), payment page or invoice that was reached and read, where no visible
    text states Tokopedia as the operator, or where one states the social medium as the operator.

Why
    When the shop was moved, the ministry and the companies named the operator statement as what a shopper
    sees of it: a notice on entry, a line at the payment step, the issuer on the invoice.

How decided
    Visible page text of all frames is searched for the dated sentences of `brands.toml`. One that names
    Tokopedia settles the visit. One that names the social medium as operator fails, and so does absence
    where the pack says so (payment, invoice); elsewhere absence needs review.

Evidence
    The page's `text.json`; for a statement of the social medium the sentence and its box.

Cannot tell when
    A frame or the page's text could not be read and what was read states no operator.

Limits
    A statement drawn as a picture is not read. A statement in words that the data does not list is not
    recognised: the sentences are data, with their sources.

Source
    Kompas, 3 and 4 April 2024 (the sentences); Kemendag, 12 March 2024 (managed by PT Tokopedia).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from crawler.checks import phrases
from crawler.checks.base import Answer, Found, Need, RuleMeta, message
from crawler.checks.runs import normal, runs
from crawler.model.finding import Locus
from crawler.model.policy import PolicyModel
from crawler.model.scenario import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.checks.pages import PageText
    from crawler.checks.runs import Run
    from crawler.checks.view import View
    from crawler.model.evidence import Visit

SURE = 0.95
ABSENT = 0.8

meta = RuleMeta(
    id="operator-identity-missing",
    version=1,
    needs=frozenset({Need.TEXT}),
    stages=(Stage.STOREFRONT, Stage.PAYMENT, Stage.INVOICE),
    messages={
        "operator-identity-missing.absent": ("stage",),
        "operator-identity-missing.other-operator": ("stage", "text"),
    },
)


class Params(PolicyModel):
    """Where the statement is due, and what its absence amounts to."""

    due: dict[Stage, Literal["fail", "needs_review"]] = Field(
        default={Stage.STOREFRONT: "needs_review", Stage.PAYMENT: "fail", Stage.INVOICE: "fail"},
        description="what absence amounts to at each stage kind where the statement is due",
    )


def run(view: View, params: Params) -> Answer:
    """Look for the operator statement at each visit where it is due."""
    found: list[Found] = []
    checked = 0
    for visit in view.visits:
        if visit.kind not in params.due:
            continue
        before = len(view.gaps)
        pages = view.text(visit)
        readable = len(view.gaps) == before
        checked += 1
        others = list(_others(view, visit, pages))
        found += others
        if _stated(view, pages):
            view.settled(visit)
        elif pages and readable and not others:
            found.append(_absent(view, visit, pages, params.due[visit.kind]))
    return Answer(tuple(found), {"visits": checked})


def _seen(pages: tuple[PageText, ...]) -> Iterator[tuple[PageText, Run]]:
    for page in pages:
        for text in runs(page.record):
            if text.visible and text.channel in ("text", "pseudo"):
                yield page, text


def _stated(view: View, pages: tuple[PageText, ...]) -> bool:
    sentences = view.brands.stated("e-commerce", view.on)
    return any(phrases.first(text.text, sentences) for _, text in _seen(pages))


def _others(view: View, visit: Visit, pages: tuple[PageText, ...]) -> Iterator[Found]:
    sentences = view.brands.stated("social", view.on)
    for page, text in _seen(pages):
        place = phrases.first(text.text, sentences)
        if place:
            snippet = text.snippet(*place)
            yield Found(
                outcome="fail",
                visit=visit,
                locus=Locus(page=page.page, box=text.box(*place), channel=text.channel, frame=text.frame_url),
                observed=snippet,
                expected=_expected(view),
                message=message(
                    f"{meta.id}.other-operator", stage=visit.kind.value, text=text.text[slice(*place)]
                ),
                confidence=SURE,
                evidence=(page.path,),
                key=("text", normal(snippet)),
                url=page.url,
            )


def _absent(
    view: View, visit: Visit, pages: tuple[PageText, ...], outcome: Literal["fail", "needs_review"]
) -> Found:
    return Found(
        outcome=outcome,
        visit=visit,
        locus=Locus(page=pages[0].page),
        observed="",
        expected=_expected(view),
        message=message(f"{meta.id}.absent", stage=visit.kind.value),
        confidence=ABSENT,
        evidence=tuple(page.path for page in pages),
        key=("absent",),
        url=pages[0].url,
    )


def _expected(view: View) -> str:
    sentences = view.brands.stated("e-commerce", view.on)
    return sentences[0] if sentences else ""
