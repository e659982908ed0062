"""What the morning page is made from: judged bundles by name, where their reports lie, room for pictures."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple, Protocol
from urllib.parse import quote

from crawler.model.finding import Message
from crawler.report.morning_views import SideView
from crawler.report.summary import findings_in_order
from crawler.store import layout

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from crawler.history.judged import Judged
    from crawler.lib.i18n import Language
    from crawler.model.finding import Finding
    from crawler.model.night import JobOutcome, NightFinding, Sighting
    from crawler.model.notice import Notice
    from crawler.report.morning_pictures import PairedPictures
    from crawler.report.pictures import Crop

    Load = Callable[[str], Judged | None]


class Addresses(Protocol):
    """Where a page that tells of a night leads to."""

    def report(self, run: Judged | None, number: int | None = None) -> str:
        """Return the address of a run's report, or of a finding in it; empty where there is none."""

    def report_of(self, outcome: JobOutcome | None) -> str:
        """Return the same of the bundle that a job left, which is not opened for it."""


class Links:
    """Where the reports of runs lie, seen from a night's folder."""

    def __init__(self, out: Path, folder: Path, lang: Language) -> None:
        self._out = out
        self._folder = folder
        self._lang = lang

    def report(self, run: Judged | None, number: int | None = None) -> str:
        """Return the address of a run's report, or of a finding in it; empty where there is no report."""
        return self._finding_at(run.bundle.root, run.judgement.policy, number) if run else ""

    def report_of(self, outcome: JobOutcome | None) -> str:
        """Return the same of the bundle that a job left, which is not opened for it."""
        if outcome is None or outcome.bundle is None:
            return ""
        return self._finding_at(self._out / outcome.bundle, outcome.policy)

    def _finding_at(self, root: Path, policy: str, number: int | None = None) -> str:
        for lang in (self._lang, "en" if self._lang == "id" else "id"):
            path = root / layout.REPORT / f"report-{policy}-{lang}.html"
            if path.is_file():
                place = f"#finding-{number}" if number else ""
                return quote(os.path.relpath(path, self._folder)) + place
        return ""


class Sources(NamedTuple):
    """What a page is made from: judged bundles by name, the places of reports, and room for pictures."""

    load: Load
    links: Addresses
    pictures: PairedPictures


def numbered(seen: NightFinding | Notice, run: Judged | None) -> tuple[int | None, Finding | None]:
    """Return a finding's number in the run's report, and the finding as the judgement has it."""
    for number, finding in enumerate(findings_in_order(run.judgement) if run else (), 1):
        if (finding.rule, finding.stage, finding.fingerprint) == (seen.rule, seen.stage, seen.fingerprint):
            return number, finding
    return None, None


def side_view(found: Crop | Message, seen: Sighting | None, report: str) -> SideView:
    """Return one side of a pair: its picture, or why there is none."""
    on = seen.date if seen else None
    if isinstance(found, Message):
        return SideView(date=on, why=found, report=report)
    return SideView(date=on, crop=found, report=report)
