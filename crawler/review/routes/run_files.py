"""What lies in a run: its pictures, made anew; its sealed files and its reports, as downloads.

Nothing of a bundle is shown in the desk's origin but pictures that the desk drew itself. Reports are made
when they are asked for, in the desk's own folder; the bundle is only read.
"""

from __future__ import annotations

import hashlib
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from crawler.model.account import Role
from crawler.report.forms import FORMS
from crawler.report.html import film_still
from crawler.report.pictures import Gallery
from crawler.report.views import VisitView
from crawler.report.words import Words
from crawler.review import evidence
from crawler.review.access import requires
from crawler.review.desk import DeskOf
from crawler.review.kept_runs import KeptRunsOf, judgement_by
from crawler.review.paths import inside, run_folder
from crawler.review.refusal import Refusal
from crawler.review.report_copies import ReportCopies
from crawler.review.routes.runs import MOST_OFFSET, Policy, kept_run, sealed_bundle
from crawler.review.screen import ScreenOf
from crawler.review.views.run import RunAddresses
from crawler.review.views.run_files import list_files
from crawler.store.bundle import Bundle

router = APIRouter(prefix="/runs/{scenario}/{run}", tags=["runs"], dependencies=[requires(Role.VIEWER)])

MOST_BYTES = 2 * 2**30  # of one download; what is larger is copied from the folder
Ordinal = Annotated[int, Path(ge=1, le=10_000)]
Place = Annotated[int, Path(ge=0, le=100_000)]


@router.get("/stages/{ordinal}/thumbnail")
def send_thumbnail(
    *, desk: DeskOf, runs: KeptRunsOf, scenario: str, run: str, ordinal: Ordinal, policy: Policy = ""
) -> Response:
    """Send the first screen of a stage, small; of one that was not reached, where the journey stopped."""
    visit = _visit(kept_run(desk, runs, scenario, run, policy).summary.visits, ordinal)
    bundle = runs.bundle(run_folder(desk.snapshots, scenario, run))
    small = film_still(Gallery(bundle, 1), visit)
    return evidence.drawn(small.webp if small else None)


@router.get("/stages/{ordinal}/pictures/{page}/{place}/{part}")
def send_part(
    *,
    desk: DeskOf,
    runs: KeptRunsOf,
    scenario: str,
    run: str,
    ordinal: Ordinal,
    page: Ordinal,
    place: Place,
    part: Place,
    policy: Policy = "",
) -> Response:
    """Send a part of a picture of a stage, made anew."""
    visit = _visit(kept_run(desk, runs, scenario, run, policy).summary.visits, ordinal)
    pictures = next((each.pictures for each in visit.pages if each.page == page), ())
    if place >= len(pictures) or part >= len(pictures[place].taken):
        raise Refusal(404, "desk.refusal.not-found")
    bundle = runs.bundle(run_folder(desk.snapshots, scenario, run))
    tile = Gallery(bundle, 1).tile(pictures[place], part)
    return evidence.drawn(tile.webp if tile else None)


@router.get("/stages/{ordinal}/whole/{page}")
def send_whole(
    *,
    desk: DeskOf,
    runs: KeptRunsOf,
    scenario: str,
    run: str,
    ordinal: Ordinal,
    page: Ordinal,
    policy: Policy = "",
) -> Response:
    """Send the picture of a whole page as one, small where the page is long."""
    visit = _visit(kept_run(desk, runs, scenario, run, policy).summary.visits, ordinal)
    pictures = next((each.pictures for each in visit.pages if each.page == page), ())
    if not pictures:
        raise Refusal(404, "desk.refusal.not-found")
    whole = Gallery(runs.bundle(run_folder(desk.snapshots, scenario, run)), 1).whole(pictures[0])
    return evidence.drawn(whole.webp if whole else None)


@router.get("/files")
def show_files(
    *,
    screen: ScreenOf,
    desk: DeskOf,
    runs: KeptRunsOf,
    scenario: str,
    run: str,
    words: Annotated[str, Query(max_length=200)] = "",
    offset: Annotated[int, Query(ge=0, le=MOST_OFFSET)] = 0,
) -> Response:
    """Show the files that the seal covers, by their paths."""
    at = RunAddresses(scenario, run)
    bundle = sealed_bundle(runs, run_folder(desk.snapshots, scenario, run))
    files = list_files(bundle, at, words, offset)
    template = "file-rows.html.j2" if screen.is_fragment else "files.html.j2"
    shown = Words(screen.t).by_name()
    return screen.page(template, at=at, files=files, asked=words, offset=offset, **shown)


@router.get("/files/{path:path}")
def send_file(*, desk: DeskOf, runs: KeptRunsOf, scenario: str, run: str, path: str) -> Response:
    """Send a sealed file as it is, as a download that no browser shows."""
    bundle = sealed_bundle(runs, run_folder(desk.snapshots, scenario, run))
    return evidence.attachment(_sealed_file(bundle, path), f"{run}-{path.replace('/', '-')}")


@router.get("/reports/{form}")
def send_report(
    *,
    screen: ScreenOf,
    desk: DeskOf,
    runs: KeptRunsOf,
    scenario: str,
    run: str,
    form: str,
    policy: Policy = "",
) -> Response:
    """Send the report of a run in one of its forms, as a download; one of several files as a ZIP."""
    if form not in FORMS:
        raise Refusal(404, "desk.refusal.not-found")
    bundle = sealed_bundle(runs, run_folder(desk.snapshots, scenario, run))
    made = ReportCopies(desk.folder).file(form, bundle, judgement_by(bundle, policy), screen.lang)
    return evidence.attachment(made, f"{run}-{made.name}")


def _sealed_file(bundle: Bundle, path: str) -> FilePath:
    """Return where a sealed file lies, once all its bytes were held against the seal.

    Raises:
        Refusal: 404 where the seal covers no such path, 409 where it is not what was sealed, 413 where it is
            too large to be sent.
    """
    if not bundle.holds(path):
        raise Refusal(404, "desk.refusal.not-found")
    found = inside(bundle.root, path)
    if found.stat().st_size > MOST_BYTES:
        raise Refusal(413, "desk.refusal.file-too-large", path=path)
    with found.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != bundle.sha256(path):
            raise Refusal(409, "desk.refusal.not-whole", why=path)
    return found


def _visit(visits: tuple[VisitView, ...], ordinal: int) -> VisitView:
    found = next((visit for visit in visits if visit.ordinal == ordinal), None)
    if found is None:
        raise Refusal(404, "desk.refusal.not-found")
    return found
