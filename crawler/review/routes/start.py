"""Starting a run, watching it, and ending it before its time."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Header, Path
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from crawler.errors import ConfigError
from crawler.fleet.starting import NotStartable, Starter, Wish
from crawler.lib.clock import jakarta_date
from crawler.model.account import Person, Role
from crawler.model.case import Case as CaseOfDesk
from crawler.model.policy import PACKS
from crawler.model.started import AskedRun, StartedRun
from crawler.review.access import requires
from crawler.review.desk import Desk, DeskOf
from crawler.review.evidence import picture
from crawler.review.refusal import Refusal
from crawler.review.screen import Screen, ScreenOf, environment
from crawler.review.views.start import target_choices
from crawler.review.views.started import StartedView, stage_picture, started_view
from crawler.settings import Case
from crawler.store.progress import read_progress
from crawler.store.started import MAX_WAITING

router = APIRouter(tags=["start"])

SHOWN = 30  # of those that have ended
RECENT = 100  # among which the same form is looked for
LOOK_EVERY_S = 0.5
FOLLOWED_S = 600.0  # then the browser asks again, with its session
MAX_STAGES = 999
PANEL = "started-panel.html.j2"

RunIdOf = Annotated[str, Path(pattern=r"^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}$")]
Word = Annotated[str, Field(max_length=200)]


class StartForm(BaseModel):
    """What the page asks: a target or an address, and how it is walked; empty is left to the desk."""

    target: Word = ""
    address: Annotated[str, Field(max_length=4_096)] = ""
    device: Literal["desktop", "mobile"] = "desktop"
    policy: Word = ""
    case: Word = ""
    once: Word = ""


def find_started(desk: DeskOf, run_id: RunIdOf) -> StartedRun:
    """Return the run of an address.

    Raises:
        Refusal: 404 where nobody asked for it.
    """
    found = desk.started.get(run_id)
    if found is None:
        raise Refusal(404, "desk.refusal.not-found")
    return found


@router.get("/start", dependencies=[requires(Role.INSPECTOR)])
def show_start(screen: ScreenOf, desk: DeskOf) -> Response:
    """Show what may be started, what is under way, and what has ended."""
    problem = ""
    try:
        starter = starter_of(desk)
    except ConfigError as error:
        problem, starter = f"{error.message} {error.hint}", Starter(None, desk.snapshots)
    waiting = desk.started.unfinished()
    newest = desk.started.all(newest=SHOWN + len(waiting))
    over = [run for run in reversed(newest) if run.is_over]
    return screen.page(
        "start.html.j2",
        problem=problem,
        choices=target_choices(starter),
        sites=list(starter.fitting_sites()),
        ranges=starter.allowed_ranges,
        packs=PACKS,
        cases=open_cases(desk),
        once=secrets.token_urlsafe(16),
        waiting=[started_view(run, [], desk.snapshots, place) for place, run in enumerate(waiting)],
        over=[started_view(run, [], desk.snapshots) for run in over[:SHOWN]],
    )


@router.post("/start")
def start_run(
    desk: DeskOf,
    person: Annotated[Person, requires(Role.INSPECTOR)],
    form: Annotated[StartForm, Form()],
) -> Response:
    """Put a run into the queue; the same form sent twice is one run."""
    return RedirectResponse(f"/started/{ask_for_run(desk, person, form)}", status_code=303)


@router.get("/started/{run_id}", dependencies=[requires(Role.VIEWER)])
def show_started(
    screen: ScreenOf,
    desk: DeskOf,
    run: Annotated[StartedRun, Depends(find_started)],
) -> Response:
    """Show how far a run is; the page follows it by itself."""
    return screen.page("started.html.j2", view=view_of(desk, run), **panel_facts(screen))


@router.get(
    "/started/{run_id}/events",
    dependencies=[requires(Role.VIEWER)],
    response_class=EventSourceResponse,
)
async def follow_started(
    screen: ScreenOf,
    desk: DeskOf,
    run: Annotated[StartedRun, Depends(find_started)],
    last_event_id: Annotated[str, Header(max_length=100)] = "",
) -> AsyncIterable[ServerSentEvent]:
    """Tell how far a run is whenever that changes, until it is over.

    Each event has the whole of what is shown and a mark; who comes back with the last mark is told what
    changed since, and nothing twice.
    """
    until = asyncio.get_running_loop().time() + FOLLOWED_S
    mark = last_event_id
    while asyncio.get_running_loop().time() < until:
        view = await asyncio.to_thread(_view_now, desk, run.asked.run_id)
        if view.mark != mark:
            mark = view.mark
            html = environment().get_template(PANEL).render(t=screen.t, view=view, **panel_facts(screen))
            yield ServerSentEvent(raw_data=html, event="panel", id=mark)
        if view.is_over:
            yield ServerSentEvent(raw_data="", event="over", id=mark)
            return
        await asyncio.sleep(LOOK_EVERY_S)


@router.get("/started/{run_id}/pictures/{ordinal}", dependencies=[requires(Role.VIEWER)])
def show_picture(
    desk: DeskOf,
    run: Annotated[StartedRun, Depends(find_started)],
    ordinal: Annotated[int, Path(ge=1, le=MAX_STAGES)],
) -> Response:
    """Show the picture of a stage as it was left, or where it stopped."""
    path = stage_picture(desk.snapshots, run.asked.run_id, ordinal)
    if path is None:
        raise Refusal(404, "desk.refusal.not-found")
    return picture(path)


@router.post("/started/{run_id}/cancel")
def cancel_run(
    desk: DeskOf,
    person: Annotated[Person, requires(Role.INSPECTOR)],
    run: Annotated[StartedRun, Depends(find_started)],
) -> Response:
    """End a run before its time: what is there is sealed, and one that waits is never walked."""
    if not run.is_over:
        desk.custody.note(person.name, "run.cancel", run.asked.run_id)
        desk.started.cancel(run.asked.run_id, person.name)
    return RedirectResponse(f"/started/{run.asked.run_id}", status_code=303)


def ask_for_run(desk: Desk, person: Person, form: StartForm) -> str:
    """Put a run into the queue and return its id; the same form sent twice is one run.

    Raises:
        Refusal: 422 where it cannot be started, 503 where too many wait.
    """
    with desk.started.turn():
        for run in reversed(desk.started.all(newest=RECENT)):
            if form.once and run.asked.once == form.once:
                return run.asked.run_id
        if len(desk.started.unfinished()) >= MAX_WAITING:
            raise Refusal(503, "desk.start.too-many", most=MAX_WAITING)
        asked = _asked_run(desk, person, form)
        facts = {"what": asked.title, "device": form.device, "case": form.case}
        desk.custody.note(person.name, "run.start", asked.run_id, **facts)
        desk.started.ask(asked)
        return asked.run_id


def _asked_run(desk: Desk, person: Person, form: StartForm) -> AskedRun:
    """Return the run that a form asks for."""
    if form.case and form.case not in {each.number for each in open_cases(desk)}:
        raise Refusal(422, "desk.start.no-case", case=form.case)
    wish = Wish(
        by=person.name,
        device=form.device,
        target=form.target,
        address=form.address.strip(),
        policy=form.policy or None,
        case=Case(surat_tugas=form.case, officer=person.name) if form.case else None,
        once=form.once,
    )
    try:
        return starter_of(desk).run_of(wish)
    except NotStartable as reason:
        raise Refusal(422, reason.message_id, **reason.params) from reason


def open_cases(desk: Desk) -> tuple[CaseOfDesk, ...]:
    """Return the cases that a run can be started for: those whose end has not passed."""
    today = jakarta_date()
    return tuple(each for each in desk.cases.all() if each.opened.ends is None or each.opened.ends >= today)


def starter_of(desk: Desk) -> Starter:
    """Return what may be started at a desk.

    Raises:
        ConfigError: its file of targets cannot be read.
    """
    return Starter(desk.setup, desk.snapshots)


def view_of(desk: Desk, run: StartedRun) -> StartedView:
    """Return a run as its page shows it."""
    told = read_progress(desk.started.progress(run.asked.run_id))
    waiting = [] if run.is_over else desk.started.unfinished()
    ahead = sum(each.asked.run_id < run.asked.run_id for each in waiting)
    return started_view(run, told, desk.snapshots, ahead)


def panel_facts(screen: Screen) -> dict[str, Any]:
    """Return what the panel of a run needs beside the run."""
    return {"may_cancel": screen.person is not None and screen.person.may(Role.INSPECTOR)}


def _view_now(desk: Desk, run_id: str) -> StartedView:
    return view_of(desk, find_started(desk, run_id))
