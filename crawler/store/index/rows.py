"""The rows of the index: each says its columns and their types once, for the table and for what fills it.

They are tuples, since that is what SQLite takes, and models would only check again what the records of a
bundle were checked for. A column is NULL where the value is not known.
"""

from __future__ import annotations

from typing import NamedTuple


class RunRow(NamedTuple):
    """A run folder; of one that is unsealed or damaged only what the folder itself says."""

    bundle: str  # <scenario-id>/<run-id>, the folder below the one the index lies in
    state: str  # sealed, unsealed, damaged, too new
    problem: str
    seal: str | None
    judged_sha256: str
    run_id: str
    scenario: str
    origin: str | None = None
    target: str | None = None
    device: str | None = None
    session_kind: str | None = None
    previous: str | None = None
    twin_of: str | None = None
    repeat_of: str | None = None
    as_of: str | None = None
    simulated: bool | None = None
    status: str | None = None
    ended_by: str | None = None
    detail: str | None = None
    started: str | None = None
    ended: str | None = None
    tool: str | None = None
    browser: str | None = None
    surat_tugas: str | None = None  # the assignment that the run's own record names


class VisitRow(NamedTuple):
    """A stage of a run, with its last address and how many collectors failed."""

    bundle: str
    ordinal: int
    stage: str
    reached: bool
    reason: str | None
    detail: str
    url: str | None
    started: str | None
    settled: str | None
    ended: str | None
    failures: int


class ArtifactRow(NamedTuple):
    """A file that a visit left."""

    bundle: str
    path: str
    visit: int
    page: int
    kind: str
    sha256: str
    bytes: int


class RequestRow(NamedTuple):
    """A request; `number` counts them in the order they were seen. One before the first stage has visit 0."""

    bundle: str
    number: int
    request: str
    time: str
    visit: int
    page: int
    method: str
    url: str
    host: str
    type: str
    state: str
    fields: str
    body_bytes: int | None
    contacted: bool | None
    status: int | None
    address: str | None
    failure: str | None


class HostRow(NamedTuple):
    """A host of a run: how many requests it had, how many reached it, how many were refused."""

    bundle: str
    host: str
    registrable: str
    requests: int
    contacted: int
    refused: int


class JudgementRow(NamedTuple):
    """A judgement beside a bundle that belongs to its seal."""

    bundle: str
    policy: str
    as_of: str
    simulated: bool
    verdict: str
    passed: int
    judged: int
    percent: int | None


class ObligationRow(NamedTuple):
    """The verdict of an obligation."""

    bundle: str
    policy: str
    obligation: str
    article: str
    severity: str
    verdict: str


class FindingRow(NamedTuple):
    """A finding; `number` counts those of a judgement."""

    bundle: str
    policy: str
    number: int
    rule: str
    rule_version: int
    outcome: str
    severity: str
    confidence: float
    status: str
    visit: int
    stage: str
    url: str
    observed: str
    expected: str
    article: str
    message: str
    channel: str
    request: str | None
    times: int
    fingerprint: str
    seen: str  # hash of what a reviewer sees of it


class LeftoverRow(NamedTuple):
    """The left-over meter of a stage; `channels` is JSON: open ones by channel."""

    bundle: str
    policy: str
    visit: int
    stage: str
    measured: str  # whole, partly, not
    mentions: int
    logos: int
    in_review: int
    excused: int
    first_screen: int
    below: int
    unplaced: int
    area_share: float | None
    channels: str


class ResultRow(NamedTuple):
    """What a rule said; `error` where it failed itself."""

    bundle: str
    policy: str
    rule: str
    version: int
    verdict: str
    error: str | None


class GapRow(NamedTuple):
    """Something that a rule could not look at; `reader` is the one that could not read it."""

    bundle: str
    policy: str
    number: int
    rule: str
    stage: str | None
    visit: int | None
    message: str
    reader: str | None
    params: str  # of the message, as JSON


class PageRow(NamedTuple):
    """The text of a page, a run of text a line."""

    bundle: str
    visit: int
    page: int
    url: str | None
    title: str | None
    shown: str
    hidden: str


class DecisionRow(NamedTuple):
    """A line of what reviewers decided of a run; a sign-off has no finding."""

    bundle: str
    seq: int
    time: str
    reviewer: str
    key: str
    kind: str
    action: str
    policy: str | None
    target: str | None
    fingerprint: str | None
    seen: str | None
    reason: str | None
    undoes: str | None
    note: str


class ObservationRow(NamedTuple):
    """The same finding of a target over stages, devices and nights, as its last sighting shows it.

    It belongs to no run: it is made again when a run with a sighting or a decision comes or goes. `worst`
    puts it in order, the largest first; `state` is where it stands by what reviewers decided.
    """

    target: str
    fingerprint: str
    bundle: str  # the last sighting: run, judgement, number in it
    policy: str
    number: int
    rule: str
    stage: str
    outcome: str
    severity: str
    status: str
    observed: str
    url: str
    seen: str
    worst: int
    runs: int
    times: int
    devices: int
    first_day: str
    last_day: str
    state: str
    outdated: bool
    reviewers: str  # whose verdicts `state` rests on, as JSON
    since: str
    reason: str


class StaleRow(NamedTuple):
    """An observation that has to be made again."""

    target: str
    fingerprint: str


Row = (
    RunRow
    | VisitRow
    | ArtifactRow
    | RequestRow
    | HostRow
    | JudgementRow
    | ObligationRow
    | FindingRow
    | LeftoverRow
    | ResultRow
    | GapRow
    | PageRow
    | DecisionRow
    | ObservationRow
    | StaleRow
)

TABLE_NAMES: dict[type[Row], str] = {
    RunRow: "runs",
    VisitRow: "visits",
    ArtifactRow: "artifacts",
    RequestRow: "requests",
    HostRow: "hosts",
    JudgementRow: "judgements",
    ObligationRow: "obligations",
    FindingRow: "findings",
    LeftoverRow: "leftovers",
    ResultRow: "results",
    GapRow: "gaps",
    PageRow: "pages",
    DecisionRow: "decisions",
    ObservationRow: "observations",
    StaleRow: "stale",
}
