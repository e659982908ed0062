"""Started runs and cases as JSON, for programs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from crawler.model.account import Person, Role
from crawler.model.case import Case
from crawler.model.night import JobOutcome
from crawler.model.started import StartedRun, StartState
from crawler.review.access import requires
from crawler.review.desk import Desk, DeskOf
from crawler.review.failures import responses
from crawler.review.routes.cases import find_case, view_of_case
from crawler.review.routes.start import RECENT, StartForm, ask_for_run, find_started
from crawler.store.progress import read_progress

router = APIRouter(prefix="/api", tags=["start"])


class StartedAnswer(BaseModel):
    """A started run: who asked for what, where it stands, what it told so far, and what became of it."""

    run_id: str
    title: str
    device: str
    by: str
    asked: str
    state: StartState
    cancelled_by: str | None
    progress: list[dict[str, Any]]
    outcome: JobOutcome | None


class CaseAnswer(BaseModel):
    """A case: its runs, newest first, those that are not there, and how many are beyond the bound."""

    id: str
    number: str
    title: str
    begins: str
    ends: str | None
    runs: list[str]
    missing: list[str]
    runs_beyond_the_bound: int
    open_findings: int
    notices: list[int]


@router.get("/started", dependencies=[requires(Role.VIEWER)], responses=responses(401, 403))
def list_started(desk: DeskOf) -> list[StartedAnswer]:
    """Return the newest started runs, newest first, without what they told."""
    return [_started(desk, run, told=False) for run in reversed(desk.started.all(newest=RECENT))]


@router.post("/started", status_code=201, responses=responses(400, 401, 403, 422, 503))
def start_run(
    desk: DeskOf, person: Annotated[Person, requires(Role.INSPECTOR)], form: StartForm
) -> StartedAnswer:
    """Put a run into the queue; the same `once` twice is one run."""
    run_id = ask_for_run(desk, person, form)
    return _started(desk, find_started(desk, run_id))


@router.get(
    "/started/{run_id}", dependencies=[requires(Role.VIEWER)], responses=responses(401, 403, 404, 422)
)
def show_started(desk: DeskOf, run: Annotated[StartedRun, Depends(find_started)]) -> StartedAnswer:
    """Return how far a run is."""
    return _started(desk, run)


@router.get("/cases", dependencies=[requires(Role.VIEWER)], responses=responses(401, 403))
def list_cases(desk: DeskOf) -> list[dict[str, str]]:
    """Return all cases by id, number and title, newest first."""
    return [{"id": each.id, "number": each.number, "title": each.title} for each in desk.cases.all()]


@router.get("/cases/{case_id}", dependencies=[requires(Role.VIEWER)], responses=responses(401, 403, 404, 422))
def show_case(desk: DeskOf, case: Annotated[Case, Depends(find_case)]) -> CaseAnswer:
    """Return what a case has gathered."""
    view, opened = view_of_case(desk, case), case.opened
    return CaseAnswer(
        id=case.id,
        number=case.number,
        title=case.title,
        begins=opened.begins.isoformat(),
        ends=opened.ends.isoformat() if opened.ends else None,
        runs=[run.bundle for run in view.runs],
        missing=list(view.missing),
        runs_beyond_the_bound=view.left_out,
        open_findings=len(view.findings),
        notices=[each.notice.standing.notice.number for each in view.notices],
    )


def _started(desk: Desk, run: StartedRun, *, told: bool = True) -> StartedAnswer:
    asked = run.asked
    lines = read_progress(desk.started.progress(asked.run_id)) if told else []
    return StartedAnswer(
        run_id=asked.run_id,
        title=asked.title,
        device=asked.job.device,
        by=asked.by,
        asked=asked.asked,
        state=run.state,
        cancelled_by=run.cancel.by if run.cancel else None,
        progress=[{"number": each.number, **each.event} for each in lines],
        outcome=run.outcome,
    )
