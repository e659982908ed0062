"""What the pages with information say: read once for the rules that look for a notice or a contact."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crawler.checks import passages, pictured
from crawler.checks.base import Found, message
from crawler.model.finding import Locus
from crawler.model.scenario import Stage

if TYPE_CHECKING:
    from crawler.checks.base import RuleMeta
    from crawler.checks.pictured import Pictured
    from crawler.checks.runs import TextRun
    from crawler.checks.view import View
    from crawler.model.evidence import Visit

STAGES = (Stage.STOREFRONT, Stage.INFO)
ABSENT = 0.8
UNCLEAR = 0.6


class Said(NamedTuple):
    """One passage of a page that may bear notices: `shown` if a shopper sees it, and by which pictures."""

    visit: Visit
    page: int
    url: str
    evidence: tuple[str, ...]
    run: TextRun
    shown: bool
    picture: Pictured | None = None

    @property
    def text(self) -> str:
        """What is said, line breaks of elements told from blanks."""
        return passages.spoken(self.run)

    @property
    def doubtful(self) -> bool:
        """Whether it was read in a picture, and not clearly."""
        return self.picture is not None and not self.picture.clear


def passages_said(view: View) -> tuple[Said, ...]:
    """Return every passage of the visits that the rule looks at, what is hidden last.

    What stands in one element is a passage too: of two numbers beside each other the line makes one.
    """
    seen = (passages.visible, passages.lines, passages.paragraphs)
    return tuple(
        Said(visit, page.page, page.url, (page.path,), run, shown)
        for read, shown in (*((each, True) for each in seen), (passages.unseen, False))
        for visit in view.visits
        for page in view.text(visit)
        for run in read(page.record)
    )


def pictures(view: View) -> tuple[Said, ...]:
    """Return what the pictures of these visits say. To be asked for what page text does not say."""
    return tuple(
        Said(visit, each.page.page, each.page.url, _shown_by(each), each.run, shown=True, picture=each)
        for visit in view.visits
        for each in pictured.passages_of(view, visit)
    )


def _shown_by(each: Pictured) -> tuple[str, ...]:
    box = each.run.box(0, len(each.run.text))
    return each.page.paths(box) if box else ()


def decidable(view: View) -> bool:
    """Say whether absence may be decided: a page that is one of information was read, and all of it."""
    informing = any(visit.kind is Stage.INFO and view.confirmed(visit) for visit in view.visits)
    return informing and not view.gaps


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
            page=at.page,
            box=at.run.box(place, place + len(text)) if place >= 0 else None,
            channel="pixels" if at.picture else at.run.channel,
            frame=at.run.frame_url,
        ),
        observed=text,
        expected=expected,
        message=message(f"{meta.id}.{slug}", text=text),
        confidence=UNCLEAR,
        evidence=at.evidence,
        key=(slug,),
        url=at.url,
    )
