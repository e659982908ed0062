"""What belongs to one sighting of a finding: its crop, what it rests on, the same place the night before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path
from starlette.responses import FileResponse, Response

from crawler.model.account import Role
from crawler.model.evidence import Visit
from crawler.model.finding import Finding, Judgement
from crawler.report.summary import wire_of
from crawler.review import evidence
from crawler.review.access import requires
from crawler.review.desk import Desk, DeskOf
from crawler.review.kept_runs import KeptRuns, KeptRunsOf
from crawler.review.paths import inside, run_folder
from crawler.review.refusal import Refusal
from crawler.review.routes.pictures import copies_of, picture_of
from crawler.review.screen import ScreenOf
from crawler.review.views.judged import findings_by_number, read_judgement
from crawler.store.bundle import Bundle
from crawler.store.index import queue

router = APIRouter(prefix="/findings/at/{scenario}/{run}/{policy}/{number}", tags=["findings"])

Policy = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{0,199}$")]
Number = Annotated[int, Path(ge=1, le=1_000_000)]
_KEEP = {"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True)
class NightBefore:
    """The run before and where its picture of the same page is; `visit` is None where it does not show it."""

    bundle: str
    day: str
    visit: int | None


@dataclass(frozen=True)
class Exhibit:
    """A sighting of a finding, by the names in its address, and what belongs to it."""

    desk: Desk
    runs: KeptRuns
    scenario: str
    run: str
    judgement: Judgement
    finding: Finding
    address: str

    @property
    def bundle(self) -> Bundle:
        """The bundle of the run."""
        return self.runs.bundle(run_folder(self.desk.snapshots, self.scenario, self.run))


def find_exhibit(
    *, desk: DeskOf, runs: KeptRunsOf, scenario: str, run: str, policy: Policy, number: Number
) -> Exhibit:
    """Return the sighting that an address names.

    Raises:
        Refusal: 404 where there is none.
    """
    judgement = read_judgement(run_folder(desk.snapshots, scenario, run), policy)
    found = findings_by_number(judgement)
    if number > len(found):
        raise Refusal(404, "desk.refusal.not-found")
    address = f"/findings/at/{quote(scenario, safe='')}/{quote(run, safe='')}/{policy}/{number}"
    return Exhibit(desk, runs, scenario, run, judgement, found[number - 1], address)


ExhibitAt = Annotated[Exhibit, Depends(find_exhibit)]


@router.get("/crop", dependencies=[requires(Role.VIEWER)])
def send_crop(at: ExhibitAt) -> Response:
    """Send what lies around the box of a finding, cut out of the original picture."""
    return _crop(at, at.bundle, at.finding.visit)


@router.get("/crop-before", dependencies=[requires(Role.VIEWER)])
def send_crop_before(at: ExhibitAt) -> Response:
    """Send the same place in the run before."""
    before = _night_before(at)
    if before is None or before.visit is None:
        raise Refusal(404, "desk.refusal.not-found")
    root = run_folder(at.desk.snapshots, *before.bundle.split("/", 1))
    return _crop(at, at.runs.bundle(root), before.visit)


@router.get("/before", dependencies=[requires(Role.VIEWER)])
def show_before(screen: ScreenOf, at: ExhibitAt) -> Response:
    """Show the same place now and in the run before, one over the other."""
    return screen.page("finding-before.html.j2", before=_night_before(at), at=at.address)


@router.get("/rests-on", dependencies=[requires(Role.VIEWER)])
def show_request(screen: ScreenOf, at: ExhibitAt) -> Response:
    """Show the request that a finding rests on, and every rung of the ladder of its host."""
    ident = at.finding.locus.request
    request = wire_of(at.bundle, at.judgement).request(ident) if ident else None
    return screen.page("finding-request.html.j2", request=request, ident=ident)


@router.get("/evidence/{nth}", dependencies=[requires(Role.VIEWER)])
def send_evidence(at: ExhibitAt, nth: Number) -> Response:
    """Send a file that a finding rests on, as it is sealed, to be saved."""
    if nth > len(at.finding.evidence):
        raise Refusal(404, "desk.refusal.not-found")
    path = at.finding.evidence[nth - 1]
    bundle = at.bundle
    bundle.sha256(path)  # nothing goes out that the seal does not cover
    return evidence.attachment(inside(bundle.root, path))


def _crop(at: Exhibit, bundle: Bundle, visit: int) -> Response:
    """Send the place of a finding on its page, as a visit of a bundle shows it."""
    picture = picture_of(bundle, visit, at.finding.locus.page)
    box = at.finding.locus.box
    path = copies_of(at.desk).crop(bundle, picture, box) if box else None
    if path is None:
        raise Refusal(404, "desk.refusal.not-found")
    return FileResponse(path, media_type="image/webp", headers=_KEEP)


def _night_before(at: Exhibit) -> NightBefore | None:
    """Return the run before of the same target, scenario and device; None where this is the first."""
    found = queue.run_before(at.desk.snapshots, f"{at.scenario}/{at.run}")
    if found is None:
        return None
    bundle, day = found
    before = at.runs.bundle(run_folder(at.desk.snapshots, *bundle.split("/", 1)))
    visit = _same_visit(at.bundle.run.visits, before.run.visits, at.finding.visit)
    shown = visit is not None and any(page.page == at.finding.locus.page for page in visit.pages)
    return NightBefore(bundle, day, visit.ordinal if visit and shown else None)


def _same_visit(now: tuple[Visit, ...], before: tuple[Visit, ...], ordinal: int) -> Visit | None:
    """Return the visit of another run that is of the same kind, and the same in number among those."""
    kind = next((visit.kind for visit in now if visit.ordinal == ordinal), None)
    nth = sum(visit.kind == kind and visit.ordinal <= ordinal for visit in now)
    same = [visit for visit in before if visit.kind == kind]
    return same[nth - 1] if 0 < nth <= len(same) else None
