"""A run: its scenario, its machine, its visits, and how it ended."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from crawler.model.evidence.guard import GuardStatement
from crawler.model.evidence.record import Moment, Record
from crawler.model.evidence.visit import CollectorFailure, Visit
from crawler.model.scenario import Stage


class Environment(Record):
    """The machine and tools that made the bundle."""

    tool: str
    commit: str | None
    python: str
    os: str
    browser: str
    browser_path: str
    playwright: str
    user_agent: str
    viewport_px: tuple[int, int]
    scale: float
    touch: bool
    locale: str
    timezone: str
    browser_args: tuple[str, ...]
    fonts_sha256: str | None
    font_count: int | None
    ocr: str | None
    ocr_languages: tuple[str, ...] = ()
    proxy: str | None = None
    public_address: str | None = None
    clock_offset_s: float | None = None


class Trust(Record):
    """What was loosened for this run.

    With `public_only` the browser went by a checking proxy, to public addresses and `allowed_ranges` alone.
    """

    extra_ca_sha256: str | None = None
    sandbox: bool = True
    resolve: tuple[str, ...] = ()
    public_only: bool = False
    allowed_ranges: tuple[str, ...] = ()


class ScenarioFile(Record):
    """The script that ran. Its text is `data/scenario.py`."""

    id: str
    title: dict[str, str]
    sha256: str
    start_url: str
    stages: tuple[Stage, ...]


EndedBy = Literal[
    "journey",
    "deadline",
    "memory",
    "interrupt",
    "browser crashed",
    "script error",
    "capture failed",
    "driver died",
]


class RunRecord(Record):
    """Content of `data/run.json`."""

    schema_version: int
    run_id: str
    origin: Literal["crawl", "import", "assisted"]
    target: str
    scenario: ScenarioFile
    device: str
    session_kind: Literal["guest", "login"] = "guest"
    twin_of: str | None = None
    repeat_of: str | None = None
    previous: str | None = None
    as_of: date
    simulated: bool
    case: dict[str, str] | None = None
    settings: dict[str, Any]
    environment: Environment | None
    trust: Trust
    status: Literal["complete", "incomplete"]
    ended_by: EndedBy
    detail: str = ""
    started: Moment
    ended: Moment
    guard: GuardStatement | None
    visits: tuple[Visit, ...]
    failures: tuple[CollectorFailure, ...] = ()
    dropped_lines: int = 0
