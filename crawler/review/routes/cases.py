"""Cases: what one assignment has gathered, and the whole of it as one file."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Path
from pydantic import BaseModel, Field, ValidationError, field_validator
from starlette.responses import RedirectResponse, Response, StreamingResponse

from crawler.errors import EvidenceError
from crawler.lib.clock import jakarta_date, stamp
from crawler.model.account import Person, Role
from crawler.model.case import Case, CaseOpened, CaseRun
from crawler.review.access import requires
from crawler.review.desk import Desk, DeskOf
from crawler.review.paths import run_folder
from crawler.review.refusal import Refusal
from crawler.review.screen import ScreenOf
from crawler.review.views.case import CaseView, case_view
from crawler.store.bundle import Bundle
from crawler.store.case_zip import case_zip
from crawler.store.cases import CaseExists

router = APIRouter(prefix="/cases", tags=["cases"])

_NAME = r"^[a-z0-9]+(-[a-z0-9]+)*/[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}$"
CaseId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]


class CaseForm(BaseModel):
    """What is asked of a new case."""

    number: Annotated[str, Field(min_length=1, max_length=120)]
    title: Annotated[str, Field(max_length=200)] = ""
    begins: date | None = None
    ends: date | None = None

    @field_validator("begins", "ends", mode="before")
    @classmethod
    def _empty_is_none(cls, given: object) -> object:
        return given or None


class RunForm(BaseModel):
    """A run that is put into a case, or taken out of it."""

    run: Annotated[str, Field(pattern=_NAME, max_length=128)]
    belongs: bool = True


def find_case(desk: DeskOf, case_id: CaseId) -> Case:
    """Return the case of an address.

    Raises:
        Refusal: 404 where there is none.
    """
    found = desk.cases.find(case_id)
    if found is None:
        raise Refusal(404, "desk.refusal.not-found")
    return found


@router.get("", dependencies=[requires(Role.VIEWER)])
def show_cases(screen: ScreenOf, desk: DeskOf) -> Response:
    """Show all cases, and how a new one is opened."""
    may_open = screen.person is not None and screen.person.may(Role.INSPECTOR)
    return screen.page("cases.html.j2", cases=desk.cases.all(), today=jakarta_date(), may_open=may_open)


@router.post("")
def open_case(
    desk: DeskOf, person: Annotated[Person, requires(Role.INSPECTOR)], form: Annotated[CaseForm, Form()]
) -> Response:
    """Open a case."""
    try:
        opened = CaseOpened(
            number=form.number,
            title=form.title,
            begins=form.begins or jakarta_date(),
            ends=form.ends,
            by=person.name,
        )
    except ValidationError as error:
        problem = str(error.errors()[0]["msg"])
        raise Refusal(422, "desk.case.unfit", problem=problem) from error
    desk.custody.note(person.name, "case.open", opened.number)
    try:
        desk.cases.open(opened)
    except CaseExists as error:
        raise Refusal(409, "desk.case.exists", number=opened.number) from error
    return RedirectResponse(f"/cases/{Case(opened=opened, since=stamp()).id}", status_code=303)


@router.get("/{case_id}", dependencies=[requires(Role.VIEWER)])
def show_case(screen: ScreenOf, desk: DeskOf, case: Annotated[Case, Depends(find_case)]) -> Response:
    """Show what a case has gathered."""
    may_change = screen.person is not None and screen.person.may(Role.INSPECTOR)
    return screen.page("case.html.j2", view=view_of_case(desk, case), may_change=may_change)


@router.post("/{case_id}/runs")
def change_runs(
    desk: DeskOf,
    person: Annotated[Person, requires(Role.INSPECTOR)],
    case: Annotated[Case, Depends(find_case)],
    form: Annotated[RunForm, Form()],
) -> Response:
    """Put a run into a case, or take it out; the run itself stays as it is."""
    if form.belongs:
        run_folder(desk.snapshots, *form.run.split("/"))
    desk.custody.note(person.name, "case.run", case.number, run=form.run, belongs=form.belongs)
    desk.cases.note_run(CaseRun(number=case.number, run=form.run, belongs=form.belongs, by=person.name))
    return RedirectResponse(f"/cases/{case.id}", status_code=303)


@router.get("/{case_id}/case.zip")
def send_case(
    desk: DeskOf,
    person: Annotated[Person, requires(Role.VIEWER)],
    case: Annotated[Case, Depends(find_case)],
) -> Response:
    """Send the whole case as one plain ZIP: bundles, findings, reports, decisions, notices."""
    view = view_of_case(desk, case)
    seals, broken = _seals(desk, view)
    desk.custody.note(person.name, "case.download", case.number, runs=sorted(seals))
    name = quote(f"kasus-{case.number}.zip".replace("/", "-"), safe="")
    return StreamingResponse(
        case_zip(desk.snapshots, seals, _records(view, seals, broken, person)),
        media_type="application/zip",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Cache-Control": "no-store"},
    )


def view_of_case(desk: Desk, case: Case) -> CaseView:
    """Return a case with all that belongs to it."""
    return case_view(case, desk.snapshots, desk.setup.nights if desk.setup else None)


def _seals(desk: Desk, view: CaseView) -> tuple[dict[str, str], dict[str, str]]:
    """Return the seals of the runs that verify now, and why the others do not."""
    seals: dict[str, str] = {}
    broken = dict.fromkeys(view.missing, "not there")
    for run in view.runs:
        try:
            seals[run.bundle] = Bundle(desk.snapshots / run.bundle).seal
        except EvidenceError as error:
            broken[run.bundle] = error.message
    return seals, broken


def _records(
    view: CaseView, seals: dict[str, str], broken: dict[str, str], person: Person
) -> dict[str, bytes]:
    """Return what stands beside the bundles: what the case is, with the seal of each, and its notices."""
    facts = {
        "case": view.case.opened.model_dump(mode="json"),
        "made": stamp(),
        "by": person.name,
        "runs": [{"bundle": name, "seal": seal} for name, seal in seals.items()],
        "not_in_it": broken,
        "runs_beyond_the_bound": view.left_out,
    }
    notices = [each.notice.standing.model_dump(mode="json") for each in view.notices]
    return {
        "case.json": json.dumps(facts, indent=1, ensure_ascii=False).encode(),
        "notices.json": json.dumps(notices, indent=1, ensure_ascii=False).encode(),
    }
