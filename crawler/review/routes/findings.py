"""A finding: looked at, decided, taken back. What is decided is on the disk before the next one is shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Path, Query
from pydantic import BaseModel, BeforeValidator, Field
from starlette.responses import RedirectResponse, Response

from crawler.errors import (
    ArtifactMissing,
    DecisionConflict,
    DecisionRefused,
    JournalBroken,
    JournalUnwritable,
)
from crawler.lib.clock import jakarta_date
from crawler.model.account import Person, Role
from crawler.model.decision import FindingDecision, Key, Note, Undo, decision_key, dismiss_reasons
from crawler.model.excepted import ExceptedMention
from crawler.model.finding import Finding
from crawler.model.queue import Observation
from crawler.report.articles import said_articles
from crawler.review.access import requires
from crawler.review.desk import Desk, DeskOf
from crawler.review.paths import run_folder
from crawler.review.refusal import Refusal
from crawler.review.screen import Screen, ScreenOf
from crawler.review.views.asked import AskedQueue
from crawler.review.views.finding import (
    Happened,
    UndoView,
    decisions_of,
    finding_address,
    finding_page,
    is_mention,
    next_after,
)
from crawler.review.views.judged import findings_by_number, read_judgement
from crawler.store import index
from crawler.store.decisions import DecisionBook
from crawler.store.exceptions import write_exception
from crawler.store.index import queue

router = APIRouter(prefix="/findings", tags=["findings"])

Fingerprint = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


class AskedFinding(AskedQueue):
    """The filters that one came by, and the target of the finding."""

    of: Annotated[str, Field(max_length=200)] = ""


class DecisionForm(BaseModel):
    """What the form of a finding sends: the decision, and what the reviewer had before their eyes.

    `decision` is `confirm`, `second-look` or `dismiss:<reason>`; `last_key` names the newest decision that
    was shown. `exception` lets `phrase` pass at this target until a day, at this stage or `everywhere`.
    """

    bundle: Annotated[str, Field(max_length=600)]
    policy: Annotated[str, Field(max_length=200)]
    number: Annotated[int, Field(ge=1)]
    seen: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    key: Key
    last_key: Annotated[str, Field(max_length=64)] = ""
    decision: Annotated[str, Field(max_length=100)]
    note: Note = ""
    exception: Literal["", "yes"] = ""
    phrase: Annotated[str, Field(max_length=400)] = ""
    until: Annotated[date | None, BeforeValidator(lambda value: value or None)] = None
    everywhere: Literal["", "yes"] = ""


class UndoForm(BaseModel):
    """Which line is taken back: its run and its key."""

    bundle: Annotated[str, Field(max_length=600)]
    undoes: Key


@dataclass(frozen=True)
class Looking:
    """Who looks at which finding of the queue, and by which filters they came."""

    screen: Screen
    desk: Desk
    person: Person
    asked: AskedQueue
    line: Observation

    def show(
        self, *, undo: UndoView | None = None, happened: Happened | None = None, status: int = 200
    ) -> Response:
        """Show the finding as a page, or as the part of one that htmx puts in its place."""
        page = finding_page(
            self.desk.index,
            self.line,
            _finding(self.desk, self.line),
            self.asked,
            today=jakarta_date(),
            viewer=self.person.name,
            undo=undo,
            happened=happened,
            finding_of=lambda line: _finding_or_none(self.desk, line),
        )
        broken = _broken_decisions(self.desk, self.line)
        answer = self.screen.page(
            "finding-body.html.j2" if self.screen.is_fragment else "finding.html.j2",
            status=status,
            page=page,
            reasons=dismiss_reasons(),
            may_decide=self.person.may(Role.REVIEWER) and not broken,
            articles=said_articles,
            broken=broken,
        )
        if self.screen.is_fragment:
            answer.headers["HX-Push-Url"] = page.own_address
        return answer

    def read_again(self) -> Looking:
        """Return the same with the line as the index has it now."""
        return replace(self, line=known_line(self.desk, self.line.target, self.line.fingerprint))


def looking(role: Role) -> Any:
    """Return the dependency of a route on a finding that needs a role; its value is a `Looking`."""

    def look(
        screen: ScreenOf,
        desk: DeskOf,
        fingerprint: Fingerprint,
        asked: Annotated[AskedFinding, Query()],
        person: Person = requires(role),  # noqa: B008 - an annotation cannot hold what the function was given
    ) -> Looking:
        filters = AskedQueue.model_validate(asked.model_dump())
        return Looking(screen, desk, person, filters, known_line(desk, asked.of, fingerprint))

    return Depends(look)


@router.get("/{fingerprint}")
def show_finding(looks: Annotated[Looking, looking(Role.VIEWER)]) -> Response:
    """Show one finding of the queue."""
    return looks.show()


@router.post("/{fingerprint}/decisions")
def decide(
    looks: Annotated[Looking, looking(Role.REVIEWER)], form: Annotated[DecisionForm, Form()]
) -> Response:
    """Write a decision, and show the next finding; who comes too late is shown what was decided meanwhile."""
    desk, line = looks.desk, looks.line
    decision = _decision(line, looks.person, form)
    if form.bundle not in {
        each.bundle for each in queue.sightings(desk.snapshots, line.target, line.fingerprint)
    }:
        raise Refusal(404, "desk.refusal.not-found")
    book = DecisionBook(run_of(desk, form.bundle))
    about = decisions_of(desk.index, line)
    if all(each.said.key != form.key for each in about):
        if (about[-1].said.key if about else "") != form.last_key or form.seen != line.seen:
            return _too_late(looks)
        _note(looks, decision.action, form.bundle)
    after = max((each.seq for each in about if each.bundle == form.bundle), default=0)
    try:
        book.decide(_with_exception(looks, form, decision) if form.exception else decision, after)
    except DecisionConflict:
        index.add_decisions(book.root)
        return _too_late(looks)
    except DecisionRefused as error:
        raise Refusal(409, "desk.refusal.decision") from error
    except (JournalBroken, JournalUnwritable) as error:
        raise Refusal(503, "desk.refusal.decisions-broken", problem=error.message) from error
    index.add_decisions(book.root)
    return _go_on(looks, decision, form.bundle)


@router.post("/{fingerprint}/undo")
def undo(looks: Annotated[Looking, looking(Role.REVIEWER)], form: Annotated[UndoForm, Form()]) -> Response:
    """Take one's own decision back, and show its finding again."""
    desk, line = looks.desk, looks.line
    book = DecisionBook(run_of(desk, form.bundle))
    said = Undo(
        key=decision_key(f"undo {form.undoes}"),
        by=looks.person.name,
        target=line.target,
        fingerprint=line.fingerprint,
        undoes=form.undoes,
    )
    _note(looks, "undo", form.bundle)
    about = [each for each in decisions_of(desk.index, line) if each.bundle == form.bundle]
    try:
        book.decide(said, max((each.seq for each in about), default=0))
    except DecisionConflict:
        index.add_decisions(book.root)
        return _too_late(looks)
    except DecisionRefused as error:
        raise Refusal(409, "desk.refusal.decision") from error
    index.add_decisions(book.root)
    if looks.screen.is_fragment:
        return looks.read_again().show(happened=Happened("undone"))
    return RedirectResponse(finding_address(looks.asked, line), status_code=303)


def known_line(desk: Desk, target: str, fingerprint: str) -> Observation:
    """Return a line of the queue.

    Raises:
        Refusal: 404 where the index does not know it.
    """
    line = queue.observation(desk.snapshots, target, fingerprint)
    if line is None:
        raise Refusal(404, "desk.refusal.not-found")
    return line


def run_of(desk: Desk, bundle: str) -> FilePath:
    """Return the folder of a run by its name, `<scenario>/<run>`.

    Raises:
        Refusal: 404 where there is none.
    """
    scenario, _, run = bundle.partition("/")
    return run_folder(desk.snapshots, scenario, run)


def _finding(desk: Desk, line: Observation) -> Finding:
    """Return the finding that a line saw last."""
    found = _finding_or_none(desk, line)
    if found is None:
        index.add(run_of(desk, line.bundle))
        raise Refusal(409, "desk.refusal.judged-again")
    return found


def _finding_or_none(desk: Desk, line: Observation) -> Finding | None:
    """Return the finding that a line saw last; None where its run was judged again meanwhile, or is gone."""
    try:
        found = findings_by_number(read_judgement(run_of(desk, line.bundle), line.policy))
    except (ArtifactMissing, Refusal):
        return None
    same = 1 <= line.number <= len(found) and found[line.number - 1].fingerprint == line.fingerprint
    return found[line.number - 1] if same else None


def _broken_decisions(desk: Desk, line: Observation) -> str:
    """Return what is wrong with the decisions of the run that shows a line; empty where nothing is."""
    try:
        DecisionBook(run_of(desk, line.bundle)).lines()
    except (JournalBroken, JournalUnwritable) as error:
        return error.message
    return ""


def _note(looks: Looking, action: str, bundle: str) -> None:
    """Put into the custody log what somebody is about to do."""
    looks.desk.custody.note(
        looks.person.name, f"decision.{action}", about=bundle, finding=looks.line.fingerprint
    )


def _go_on(looks: Looking, decision: FindingDecision, bundle: str) -> Response:
    """Show the next line of the queue; the one that was decided can be taken back there."""
    line = looks.line
    following = next_after(looks.desk.index, looks.asked.wanted_by(looks.person.name), line, jakarta_date())
    if looks.screen.is_fragment and following:
        back = UndoView(line.target, line.fingerprint, bundle, decision.key, decision.action)
        happened = Happened("decided", action=decision.action, reason=decision.reason)
        return replace(looks, line=following).show(undo=back, happened=happened)
    then = finding_address(looks.asked, following) if following else looks.asked.address("/queue")
    if looks.screen.is_fragment:
        return Response(status_code=204, headers={"HX-Redirect": then})
    return RedirectResponse(then, status_code=303)


def _too_late(looks: Looking) -> Response:
    """Show the same line again, with what was decided meanwhile: nothing of this one was written."""
    looks = looks.read_again()
    about = decisions_of(looks.desk.index, looks.line)
    happened = Happened("changed")
    if about:
        last = about[-1].said
        happened = Happened("too-late", by=last.by, action=last.action, reason=last.reason)
    return looks.show(happened=happened, status=200 if looks.screen.is_fragment else 409)


def _with_exception(looks: Looking, form: DecisionForm, decision: FindingDecision) -> FindingDecision:
    """Write the exception that goes with a dismissal, and return the dismissal with its number."""
    reason = dismiss_reasons().get(decision.reason)
    finding = _finding(looks.desk, looks.line)
    phrase = " ".join(form.phrase.split())
    if not (reason and reason.exception and form.until and len(phrase) > 1 and is_mention(finding)):
        raise Refusal(422, "desk.refusal.no-exception")
    until = form.until
    in_text = finding.locus.channel not in ("pixels", "icon")  # a name in pixels is of no channel of the page

    def make(number: int) -> ExceptedMention:
        return ExceptedMention(
            number=number,
            key=form.key,
            phrase=phrase,
            target=decision.target,
            stage=None if form.everywhere else decision.stage,
            channel=finding.locus.channel if in_text else "",
            reason=decision.reason,
            note=decision.note,
            by=decision.by,
            since=min(date.fromisoformat(looks.line.last_day), until),
            until=until,
            bundle=form.bundle,
            fingerprint=decision.fingerprint,
        )

    made = write_exception(looks.desk.snapshots, jakarta_date(), make)
    return decision.model_copy(update={"exception": made.number})


# --- what was sent --------------------------------------------------------------------------------------


def _decision(line: Observation, person: Person, form: DecisionForm) -> FindingDecision:
    action, _, reason = form.decision.partition(":")
    if action not in ("confirm", "dismiss", "second-look") or (action == "dismiss") != bool(reason):
        raise Refusal(422, "desk.refusal.decision")
    return FindingDecision.model_validate(
        {
            "key": form.key,
            "by": person.name,
            "note": form.note,
            "action": action,
            "reason": reason,
            "target": line.target,
            "fingerprint": line.fingerprint,
            "seen": form.seen,
            "policy": form.policy,
            "rule": line.rule,
            "stage": line.stage,
            "severity": line.severity,
        }
    )
