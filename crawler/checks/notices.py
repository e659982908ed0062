"""What the pages with information say: read once for the rules that look for a notice or a contact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.checks.base import Found, message
from crawler.checks.runs import runs
from crawler.model.finding import Locus
from crawler.model.scenario import Stage

if TYPE_CHECKING:
    from crawler.checks.base import RuleMeta
    from crawler.checks.pages import PageText
    from crawler.checks.runs import Run
    from crawler.checks.view import View
    from crawler.model.evidence import Visit

STAGES = (Stage.STOREFRONT, Stage.INFO)
ABSENT = 0.8
UNCLEAR = 0.6


@dataclass(frozen=True)
class Said:
    """One run of text on a page that may bear notices."""

    visit: Visit
    page: PageText
    run: Run


def said(view: View) -> tuple[Said, ...]:
    """Return every run of text of the visits that the rule looks at."""
    return tuple(
        Said(visit, page, run)
        for visit in view.visits
        for page in view.text(visit)
        for run in runs(page.record)
    )


def decidable(view: View) -> bool:
    """Say whether absence may be decided: an information page was read, and everything could be read."""
    return any(visit.kind is Stage.INFO for visit in view.visits) and not view.gaps


def found_everything(view: View) -> None:
    """Say that nothing more is sought, so that gaps of the visits that were reached do not matter."""
    for visit in view.visits:
        view.settled(visit)


def absent(view: View, meta: RuleMeta, slug: str, *, expected: str) -> Found:
    """Return the finding that something stands on no page that was read."""
    read = [(visit, page) for visit in view.visits for page in view.text(visit)]
    last, page = next((item for item in reversed(read) if item[0].kind is Stage.INFO), read[-1])
    return Found(
        outcome="fail",
        visit=last,
        locus=Locus(page=page.page),
        observed="",
        expected=expected,
        message=message(f"{meta.id}.{slug}", pages=len(read)),
        confidence=ABSENT,
        evidence=tuple(page.path for _, page in read),
        key=(slug,),
        url=page.url,
    )


def unclear(meta: RuleMeta, slug: str, at: Said, *, text: str, expected: str) -> Found:
    """Return the finding that something stands there in a way that a person must look at."""
    place = at.run.text.find(text)
    return Found(
        outcome="needs_review",
        visit=at.visit,
        locus=Locus(
            page=at.page.page,
            box=at.run.box(place, place + len(text)) if place >= 0 else None,
            channel=at.run.channel,
            frame=at.run.frame_url,
        ),
        observed=text,
        expected=expected,
        message=message(f"{meta.id}.{slug}", text=text),
        confidence=UNCLEAR,
        evidence=(at.page.path,),
        key=(slug,),
        url=at.page.url,
    )
