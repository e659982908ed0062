"""Two runs side by side."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from crawler.errors import EvidenceError
from crawler.history.judged import Judged
from crawler.model.account import Role
from crawler.model.comparison import Comparison
from crawler.model.policy import load_brands
from crawler.report.words import Words
from crawler.review.access import requires
from crawler.review.desk import Desk, DeskOf
from crawler.review.kept_runs import KeptRunsOf, judgement_by
from crawler.review.paths import run_folder
from crawler.review.refusal import Refusal
from crawler.review.routes.queue import with_index
from crawler.review.routes.runs import kept_run
from crawler.review.screen import ScreenOf
from crawler.review.views.compare import compared, stage_sides
from crawler.review.views.run import RunAddresses
from crawler.store.bundle import Bundle
from crawler.store.index.listing import find_repeat

router = APIRouter(prefix="/compare", tags=["runs"], dependencies=[requires(Role.VIEWER), with_index])

Name = Annotated[str, Query(max_length=600)]


@router.get("")
def show_comparison(
    *, screen: ScreenOf, desk: DeskOf, runs: KeptRunsOf, old: Name = "", new: Name = ""
) -> Response:
    """Show what lies between an older and a newer run; what moves by itself in the newer night is masked."""
    if not old or not new:
        raise Refusal(400, "desk.refusal.two-runs")
    sides = [names_of(old), names_of(new)]
    shown = [(kept_run(desk, runs, *names, ""), RunAddresses(*names)) for names in sides]
    found = compare_runs(desk, old, new)
    return screen.page(
        "compare.html.j2",
        found=found,
        stages=stage_sides(found, *shown),
        old=shown[0][1],
        new=shown[1][1],
        target=shown[1][0].summary.target,
        **Words(screen.t).by_name(),
    )


def compare_runs(desk: Desk, old: str, new: str) -> Comparison:
    """Return what lies between two runs, by the names of their bundles.

    Raises:
        Refusal: 404 where there is no such run or it was not judged, 409 where it is not what was sealed.
    """
    other = find_repeat(desk.snapshots, new)
    try:
        repeat = _judged(desk, other) if other and other != old else None
        return compared(_judged(desk, old), _judged(desk, new), repeat)
    except EvidenceError as error:
        raise Refusal(409, "desk.refusal.not-whole", why=error.message) from error


def names_of(bundle: str) -> tuple[str, str]:
    """Return the names of the folders of a scenario and a run.

    Raises:
        Refusal: 404 where there are not two.
    """
    scenario, slash, run = bundle.partition("/")
    if not slash:
        raise Refusal(404, "desk.refusal.not-found")
    return scenario, run


def _judged(desk: Desk, name: str) -> Judged:
    bundle = Bundle(run_folder(desk.snapshots, *names_of(name)))
    return Judged(bundle, judgement_by(bundle), load_brands())
