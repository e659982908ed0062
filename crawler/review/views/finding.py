"""One finding as the desk shows it: what was observed, where it stands, what was decided, what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode
from uuid import uuid4

from crawler.checks import registry
from crawler.lib.hosts import host_of
from crawler.model.decision import Said, not_undone
from crawler.model.excepted import offered_days
from crawler.model.policy import PACKS, load_pack
from crawler.store.index import queue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date
    from pathlib import Path

    from crawler.model.finding import Finding
    from crawler.model.policy import PolicyPack
    from crawler.model.queue import Observation, QueueFilter, SeenIn
    from crawler.review.views.asked import AskedQueue


@dataclass(frozen=True)
class DecisionView:
    """A line about a finding: `holds` is false once it was taken back or text or crop changed."""

    said: Said
    bundle: str
    seq: int
    note: str
    holds: bool
    undone: bool


@dataclass(frozen=True)
class UndoView:
    """The last decision of the person who looks, as it can be taken back."""

    target: str
    fingerprint: str
    bundle: str
    undoes: str
    action: str


@dataclass(frozen=True)
class Happened:
    """What a request before came to: a message id of `desk.decided`, and the line it speaks of, if any."""

    message: str
    by: str = ""
    action: str = ""
    reason: str = ""


@dataclass(frozen=True)
class FindingPage:
    """Everything that the page of a finding shows at once; `key` makes its decision one of a kind.

    `ahead` is the address of the crop of the next finding, to be fetched before it is asked for; empty where
    it has none.
    """

    line: Observation
    finding: Finding
    sightings: tuple[SeenIn, ...]
    decisions: tuple[DecisionView, ...]
    asked: AskedQueue
    following: Observation | None
    previous: Observation | None
    age_days: int
    pack: PolicyPack | None
    undo: UndoView | None
    key: str
    happened: Happened | None
    ahead: str
    today: date

    @property
    def may_be_excepted(self) -> bool:
        """Whether an exception can let it pass: it is a name in a text, and still open."""
        return self.finding.status == "open" and is_mention(self.finding)

    @property
    def offered_until(self) -> date:
        """The day that an exception is offered to end on."""
        return self.today + timedelta(days=offered_days())

    @property
    def run(self) -> str:
        """The run that shows it last, `<scenario>/<run>`, fit for an address."""
        return quote(self.line.bundle)

    @property
    def at(self) -> str:
        """The address of what belongs to this very sighting."""
        return sighting_address(self.line)

    @property
    def device(self) -> str:
        """The device of the last sighting; empty where the index lost it."""
        return self.sightings[0].device if self.sightings else ""

    @property
    def request_words(self) -> str:
        """What finds the request that it rests on among those of the run; empty where it rests on none."""
        return host_of(self.finding.url) if self.finding.locus.request else ""

    @property
    def last_key(self) -> str:
        """The key of the newest line about it; empty where nobody decided."""
        return self.decisions[-1].said.key if self.decisions else ""

    def address_of(self, line: Observation) -> str:
        """Return the address of the page of a line of the queue, with the filters."""
        return finding_address(self.asked, line)

    @property
    def own_address(self) -> str:
        """The address of this page."""
        return finding_address(self.asked, self.line)

    def posted_to(self, what: str) -> str:
        """Return where a form of this page is sent: `decisions` or `undo`."""
        return finding_address(self.asked, self.line, f"/{what}")

    @property
    def undo_address(self) -> str:
        """Where the undo is sent."""
        assert self.undo is not None
        query = urlencode({**self.asked.set_filters(), "of": self.undo.target})
        return f"/findings/{self.undo.fingerprint}/undo?{query}"


def sighting_address(line: Observation) -> str:
    """Return the address of what belongs to the last sighting of a line."""
    return f"/findings/at/{quote(line.bundle)}/{quote(line.policy, safe='')}/{line.number}"


def is_mention(finding: Finding) -> bool:
    """Say whether a finding is a name in a text or in pixels, which a phrase can let pass."""
    return finding.rule in mention_rules() and bool(finding.observed.strip())


@cache
def shipped_pack(policy: str) -> PolicyPack | None:
    """Return a pack that ships with Pantau; None for any other."""
    return load_pack(policy) if policy in PACKS else None


@cache
def mention_rules() -> frozenset[str]:
    """Return the rules whose findings are names in a text or in pixels."""
    return frozenset(name for name, rule in registry.rules().items() if rule.meta.leaves == "mention")


def finding_address(asked: AskedQueue, line: Observation, below: str = "") -> str:
    """Return the address of a finding, or of something below it, with the filters of the queue."""
    query = urlencode({**asked.set_filters(), "of": line.target})
    return f"/findings/{line.fingerprint}{below}?{query}"


def next_after(index: Path, wanted: QueueFilter, line: Observation, today: date) -> Observation | None:
    """Return the line that comes next in the queue: after the last one the first; None where no other is."""
    place = (line.target, line.fingerprint)
    found = queue.queue(index.parent, wanted, today, after=place, limit=1)
    found = found or queue.queue(index.parent, wanted, today, limit=1)
    return next((each for each in found if (each.target, each.fingerprint) != place), None)


def previous_to(index: Path, wanted: QueueFilter, line: Observation, today: date) -> Observation | None:
    """Return the line that comes before in the queue; None at the first."""
    place = (line.target, line.fingerprint)
    found = queue.queue(index.parent, wanted, today, after=place, backwards=True, limit=1)
    return found[0] if found else None


def finding_page(
    index: Path,
    line: Observation,
    finding: Finding,
    asked: AskedQueue,
    *,
    today: date,
    viewer: str,
    undo: UndoView | None = None,
    happened: Happened | None = None,
    finding_of: Callable[[Observation], Finding | None],
) -> FindingPage:
    """Put together the page of a finding.

    Args:
        index: The file of the index.
        line: The line of the queue.
        finding: The finding of its last sighting.
        asked: The filters that one came by.
        today: The day that its age is counted from.
        viewer: Who looks: what they decided last of it can be taken back.
        undo: What can be taken back instead: the decision that led here.
        happened: What a request before came to.
        finding_of: Returns the finding of the last sighting of a line; None where it cannot be read.
    """
    decisions = decisions_of(index, line)
    following = next_after(index, asked.wanted_by(viewer), line, today)
    comes = finding_of(following) if following else None
    return FindingPage(
        line=line,
        finding=finding,
        sightings=queue.sightings(index.parent, line.target, line.fingerprint, limit=20),
        decisions=decisions,
        asked=asked,
        following=following,
        previous=previous_to(index, asked.wanted_by(viewer), line, today),
        age_days=line.age_days(today),
        pack=shipped_pack(line.policy),
        undo=undo or _own_last(line, decisions, viewer),
        key=uuid4().hex,
        happened=happened,
        today=today,
        ahead=f"{sighting_address(following)}/crop" if following and comes and comes.locus.box else "",
    )


def decisions_of(index: Path, line: Observation) -> tuple[DecisionView, ...]:
    """Return what was decided of a finding on any night, oldest first."""
    lines = queue.said(index.parent, line.target, line.fingerprint)
    valid = {each.key for each in not_undone([said for *_, said in lines])}
    return tuple(
        DecisionView(
            said=said,
            bundle=bundle,
            seq=seq,
            note=note,
            holds=said.key in valid and said.seen == line.seen,
            undone=said.action != "undo" and said.key not in valid,
        )
        for bundle, seq, note, said in lines
    )


def _own_last(line: Observation, decisions: Sequence[DecisionView], viewer: str) -> UndoView | None:
    own = [each for each in decisions if each.holds and each.said.by == viewer]
    if not own:
        return None
    last = own[-1]
    return UndoView(line.target, line.fingerprint, last.bundle, last.said.key, last.said.action)
