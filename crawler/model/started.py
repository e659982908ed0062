"""Runs that people start by hand: who asked for one, and whether it waits, runs or has ended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from crawler.model.evidence import Moment, Record
from crawler.model.night import Job, JobOutcome, JobStart
from crawler.settings import RunSettings

RunId = Annotated[str, Field(pattern=r"^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}$")]
StartState = Literal["waiting", "running", "ending", "cancelled", "ended"]


class AskedRun(Record):
    """Content of `asked.json`: a journey that somebody asked for, with all that it takes to walk it.

    `job` names it as a night names its jobs: a target, or the host of a pasted address, and a device.
    `address` is that of a pasted one, empty for a target. `once` is a word of the form that asked, so that
    the same form sent twice asks once.
    """

    run_id: RunId
    job: Job
    address: str = ""
    scenario: Path
    settings: RunSettings
    by: str
    asked: Moment
    once: str = ""

    @property
    def title(self) -> str:
        """What it is called on a page."""
        return self.address or self.job.target


class Cancelling(Record):
    """Content of `cancel.json`: who wanted it to end before its time."""

    by: str
    at: Moment


@dataclass(frozen=True)
class StartedRun:
    """All that is on record of one."""

    asked: AskedRun
    cancel: Cancelling | None = None
    start: JobStart | None = None
    outcome: JobOutcome | None = None

    @property
    def state(self) -> StartState:
        """Where it stands; one that was cancelled before it began was never walked."""
        if self.outcome is not None:
            return "ended"
        if self.cancel is not None:
            return "cancelled" if self.start is None else "ending"
        return "waiting" if self.start is None else "running"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will become of it."""
        return self.state in ("ended", "cancelled")
