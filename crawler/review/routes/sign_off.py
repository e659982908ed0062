"""Signing off a run: a reviewer stands for its review, as it was judged then."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Annotated
from urllib.parse import quote
from uuid import uuid4

from fastapi import APIRouter, Depends, Form, Path
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from crawler.errors import ArtifactMissing, DecisionConflict
from crawler.lib.clock import jakarta_date
from crawler.model.account import Person, Role
from crawler.model.decision import DecisionLine, Key, Note, SignOff
from crawler.model.queue import QueueFilter
from crawler.review.access import requires
from crawler.review.desk import Desk, DeskOf
from crawler.review.kept_runs import KeptRunsOf, judgement_by
from crawler.review.paths import run_folder
from crawler.review.refusal import Refusal
from crawler.review.screen import ScreenOf
from crawler.store import index, layout
from crawler.store.bundle import Bundle
from crawler.store.decisions import DecisionBook
from crawler.store.index import queue

router = APIRouter(prefix="/runs/{scenario}/{run}/sign-off", tags=["runs"])

Name = Annotated[str, Path(max_length=255)]


class SignOffForm(BaseModel):
    """What the form sends; `last` is the number of the last sign-off that was shown, 0 for none."""

    policy: Annotated[str, Field(max_length=200)]
    key: Key
    last: Annotated[int, Field(ge=0)] = 0
    note: Note = ""


@dataclass(frozen=True)
class RunInReview:
    """A run, and the lines of its review."""

    desk: Desk
    bundle: Bundle
    root: FilePath

    @property
    def name(self) -> str:
        """`<scenario>/<run>`."""
        return f"{self.root.parent.name}/{self.root.name}"

    @property
    def unsettled(self) -> int:
        """How many findings that the run shows are not settled."""
        wanted = QueueFilter(run=self.name)
        found = queue.counts(self.desk.snapshots, wanted, jakarta_date()).states
        return sum(found.get(state, 0) for state in wanted.states)

    def signed(self) -> tuple[tuple[DecisionLine, SignOff], ...]:
        """Return the lines that are sign-offs, oldest first, and what they say."""
        lines = DecisionBook(self.root).lines()
        return tuple((line, line.decision) for line in lines if isinstance(line.decision, SignOff))


def find_run(desk: DeskOf, runs: KeptRunsOf, scenario: Name, run: Name) -> RunInReview:
    """Return the run that an address names."""
    root = run_folder(desk.snapshots, scenario, run)
    return RunInReview(desk, runs.bundle(root), root)


RunAt = Annotated[RunInReview, Depends(find_run)]


@router.get("")
def show_sign_off(screen: ScreenOf, person: Annotated[Person, requires(Role.VIEWER)], at: RunAt) -> Response:
    """Show who signed the run off, and the form for it."""
    template = "sign-off-body.html.j2" if screen.is_fragment else "sign-off.html.j2"
    signed = at.signed()
    judged = judgement_by(at.bundle)
    return screen.page(
        template,
        run=at.name,
        address=f"/runs/{quote(at.name)}/sign-off",
        policy=judged.policy,
        signed=signed,
        last=max((line.seq for line, said in signed if said.policy == judged.policy), default=0),
        sha256=_judgement_sha256(at.root, judged.policy),
        unsettled=at.unsettled,
        key=uuid4().hex,
        may_decide=person.may(Role.REVIEWER),
    )


@router.post("")
def sign_off(
    person: Annotated[Person, requires(Role.REVIEWER)], at: RunAt, form: Annotated[SignOffForm, Form()]
) -> Response:
    """Write that the reviewer stands for the review of the run."""
    said = SignOff(
        key=form.key,
        by=person.name,
        note=form.note,
        policy=form.policy,
        seal=at.bundle.seal,
        judgement=_judgement_sha256(at.root, form.policy),
        unsettled=at.unsettled,
    )
    at.desk.custody.note(person.name, "decision.sign-off", about=at.name, policy=form.policy)
    try:
        DecisionBook(at.root).decide(said, form.last)
    except DecisionConflict as error:
        raise Refusal(409, "desk.refusal.signed-meanwhile") from error
    index.add_decisions(at.root)
    return RedirectResponse(f"/runs/{quote(at.name)}", status_code=303)


def _judgement_sha256(root: FilePath, policy: str) -> str:
    path = root / layout.FINDINGS / f"{policy}.json"
    if "/" in policy or path.is_symlink() or not path.is_file():
        raise ArtifactMissing(f"The run has no judgement by {policy}.", hint="Judge it: pantau check")
    return hashlib.sha256(path.read_bytes()).hexdigest()
