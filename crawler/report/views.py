"""What a report shows, joined and ordered, without language: the machine-readable summary has these fields.

Numbers of findings count from 1 in the order of the journey and name the same finding in every format.
"""

from __future__ import annotations

from typing import Any, Literal

from crawler.derive.claims.handover import HandOver
from crawler.derive.network.certificates import Certificate
from crawler.derive.network.ledger import Entry
from crawler.derive.operators.hosts import Group
from crawler.derive.operators.operator import Conflict, Rung
from crawler.model.evidence import (
    Address,
    CollectorFailure,
    CssBox,
    Environment,
    GuardStatement,
    Reason,
    Record,
    Refusal,
    Tile,
    Trust,
    pictures_of,
)
from crawler.model.finding import Finding, Index, Leftovers, Message, SightingState, UsedException, Verdict
from crawler.model.scenario import Stage

SUMMARY_VERSION = 1


class FileView(Record):
    """A file of the bundle and its SHA-256; None for a path that the seal does not list."""

    path: str
    sha256: str | None


class OperatorView(Record):
    """Who runs a host, as far as the operator table can tell: only the rungs that said something."""

    operator: Group
    name_class: Group
    owner: str
    role: str
    payment: Literal["yes", "maybe", "no", "sandbox", "unknown"]
    confidence: Literal["high", "medium", "low", "none"]
    conflicts: tuple[Conflict, ...]
    resembles: str = ""
    rungs: tuple[Rung, ...]


class RequestView(Record):
    """A request, without its secrets, or a connection that no request belongs to (state `connection`).

    State `tool` is what the capture itself asked for, on behalf of no page.

    `ambiguous` says that another stage would do as well. Of a connection, `type` says what kind it is.
    `refused_range` names the range of addresses for which the run's checking proxy refused the connection.
    """

    id: str
    time: str
    method: str
    scheme: str
    host: str
    path: str
    type: str
    state: Literal["sent", "blocked", "refused", "connection", "tool"]
    contacted: bool
    status: int | None
    address: Address | None
    fields: tuple[str, ...]
    operator: OperatorView
    initiator: str = ""
    ambiguous: bool = False
    answered: bool = False
    refused_range: str = ""


class HostView(Record):
    """The traffic of one visit with one host. `bare` names contacts without a request, by kind.

    Kinds are `connection`, `datagrams` or, where nothing came back, `datagrams-unanswered`, and `tool` for
    what the capture asked for. `refused_ranges` names those we refused connections for.
    """

    host: str
    requests: int
    contacted: bool
    refused: int
    types: tuple[str, ...]
    addresses: tuple[str, ...]
    operator: OperatorView
    bare: tuple[str, ...] = ()
    refused_ranges: tuple[str, ...] = ()


class RefusedContact(Record):
    """Connections to one host that the checking proxy refused: why, and the address that forbade them."""

    host: str
    port: int
    range: str
    address: str
    count: int


class ProxiedView(Record):
    """What the browser asked the checking proxy for: connections that came about, failed, were refused."""

    connected: int
    failed: int
    refused: tuple[RefusedContact, ...]


class LedgerStage(Record):
    """What the two witnesses saw at one visit: by both, by one only, and the likely causes of the latter."""

    visit: int
    both: int
    events_only: int
    log_only: int
    causes: dict[str, int]
    unexplained: tuple[str, ...]
    ambiguous: int


class LedgerView(Record):
    """All that went over the network, by both witnesses; `complete` is false where the log ends early.

    `lost` counts lines of the log that are missing or damaged, `outside` are hosts contacted at no visit.
    """

    witnesses: tuple[str, ...]
    complete: bool
    problem: str
    stages: tuple[LedgerStage, ...]
    handover: HandOver | None
    entries: tuple[Entry, ...]
    certificates: dict[str, Certificate]
    aliases: dict[str, tuple[str, ...]]
    lost: int = 0
    outside: tuple[HostView, ...] = ()


class FindingView(Record):
    """A finding with its number, the obligations it bears on, its request and its files."""

    number: int
    obligations: tuple[str, ...]
    finding: Finding
    request: RequestView | None
    evidence: tuple[FileView, ...]


class PictureView(Record):
    """A picture of a page: tiles on a canvas of `width` by `height` CSS px."""

    kind: Literal["fullpage", "viewport", "stopped-at"]
    page: int
    width: float
    height: float
    tiles: tuple[Tile, ...]
    truncated: bool = False

    @property
    def taken(self) -> tuple[tuple[Tile, ...], ...]:
        """The tiles by the pictures that they were when they were taken."""
        return pictures_of(self.tiles)

    def holds(self, box: CssBox) -> bool:
        """Say whether a box can be drawn here: only a full-page picture has a known place on the page."""
        if self.kind != "fullpage":
            return False
        return box.x < self.width and box.y < self.height and box.right > 0 and box.bottom > 0


class PageView(Record):
    """A page (tab or popup) of a visit. `texts` is None where the page text was not captured."""

    page: int
    url: str
    title: str
    opener: int | None
    viewport_px: tuple[int, int]
    scale: float
    pictures: tuple[PictureView, ...]
    texts: int | None
    text_truncated: bool
    unread_frames: tuple[str, ...]


class VisitView(Record):
    """One stage of the journey, with everything seen at it. `requests` are those that findings rest on.

    `confirmed` says whether a page of it bears the stage's marks; none in a judgement made before that was
    looked at.
    """

    ordinal: int
    kind: Stage
    reached: bool
    confirmed: SightingState | None
    marks_found: tuple[str, ...]
    marks_looked_for: tuple[str, ...]
    reason: Reason | None
    detail: str
    urls: tuple[str, ...]
    started: str | None
    ended: str | None
    pages: tuple[PageView, ...]
    findings: tuple[int, ...]
    hosts: tuple[HostView, ...]
    requests: tuple[RequestView, ...]
    refusals: tuple[Refusal, ...]
    failures: tuple[CollectorFailure, ...]


class RuleView(Record):
    """What one rule said, with the numbers of its findings."""

    rule: str
    version: int
    verdict: Verdict
    findings: tuple[int, ...]
    excused: tuple[int, ...]
    checked: dict[str, int]
    error: str | None


class ObligationView(Record):
    """What is said of one obligation, with its rules and the numbers of their open findings.

    `stages` must have been looked at; `unread` counts what its rules would have read and could not.
    """

    obligation: str
    article: str
    kind: Literal["breach", "indication", "request", ""]
    severity: Literal["low", "medium", "high"]
    verdict: Verdict
    rules: tuple[RuleView, ...]
    stages: tuple[Stage, ...]
    stages_missing: tuple[Stage, ...]
    stages_unconfirmed: tuple[Stage, ...] = ()
    unread: int
    why: tuple[Message, ...]
    findings: tuple[int, ...]


class Standing(Record):
    """What a reader must know before any figure: what stays open, and what stood in the way.

    `in_the_way` names stages that the scenario does not have, that were not reached, by reason, and that were
    reached and not confirmed. `excused` counts places, `in_review` and `failed` open findings.
    """

    not_testable: tuple[str, ...]
    obligations: int
    in_the_way: tuple[Message, ...]
    excused: int
    in_review: int
    failed: int


class Untested(Record):
    """Something that could not be looked at, why, and the rules that would have read it."""

    visit: int | None
    stage: Stage | None
    rules: tuple[str, ...]
    message: Message


class Checked(Record):
    """How much was looked at in the whole run. None of OCR's figures where no picture was read."""

    visits: int
    reached: int
    pages: int
    texts: int
    pictures: int
    pictures_read: int | None
    lines_read: int | None
    requests: int
    hosts: int
    frames_unread: int


class Integrity(Record):
    """How the bundle is sealed. Sizes in bytes; `chain_head` is the hash of the last line of the chain."""

    seal: str
    chain_head: str
    chain_lines: int
    files: int
    bytes: int
    sealed: str
    dropped_lines: int
    signature: bool
    timestamps: tuple[str, ...]


class Summary(Record):
    """Everything a report says of one bundle under one policy pack."""

    summary_version: int = SUMMARY_VERSION
    run_id: str
    origin: Literal["crawl", "import", "assisted"]
    target: str
    scenario: str
    title: dict[str, str]
    scenario_sha256: str
    start_url: str
    device: str
    session_kind: Literal["guest", "login"]
    started: str
    ended: str
    status: Literal["complete", "incomplete"]
    ended_by: str
    detail: str
    case: dict[str, str] | None
    policy: str
    regulation: str
    regulation_title: dict[str, str]
    as_of: str
    simulated: bool
    verdict: Verdict
    index: Index
    standing: Standing
    obligations: tuple[ObligationView, ...]
    exhibits: tuple[int, ...]
    checked: Checked
    untested: tuple[Untested, ...]
    visits: tuple[VisitView, ...]
    findings: tuple[FindingView, ...]
    leftovers: tuple[Leftovers, ...] | None
    exceptions: tuple[UsedException, ...] = ()
    failures: tuple[CollectorFailure, ...]
    guard: GuardStatement | None
    environment: Environment | None
    trust: Trust
    proxied: ProxiedView | None = None
    settings: dict[str, Any]
    inputs: dict[str, str]
    ledger: LedgerView
    integrity: Integrity
