"""Composes `run.json` from what the child left on disk and told before it ended."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast, get_args

from pydantic import BaseModel, ValidationError

from crawler.browse.chromium.work import NETLOG
from crawler.browse.guard.limits import LIMITS, words_sha256
from crawler.browse.guard.orders import Call, judge
from crawler.browse.proxy.proxy import LOG
from crawler.browse.run import environment
from crawler.collect.run.netlog import keep_netlog
from crawler.lib.clock import jakarta_date, stamp
from crawler.lib.hosts import host_of
from crawler.model.evidence import (
    SCHEMA_VERSION,
    Allowance,
    Artifact,
    ArtifactKind,
    Change,
    ChangeCount,
    ChangeKind,
    CollectorFailure,
    Environment,
    GuardStatement,
    Reason,
    Refusal,
    Request,
    Response,
    RunRecord,
    ScenarioFile,
    Trust,
    Visit,
)
from crawler.model.scenario import Stage
from crawler.store import layout
from crawler.store.layout import CHANGES, REFUSALS, REQUESTS, RESPONSES
from crawler.store.writer import BundleWriter, previous_run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from crawler.browse.run.walk import Event, Walk
    from crawler.lib.redact import Redactor
    from crawler.settings import RunSettings

ModelT = TypeVar("ModelT", bound=BaseModel)

_ENDS: dict[str, Reason] = {
    "deadline": "deadline",
    "memory": "memory",
    "interrupt": "interrupted",
    "browser crashed": "browser crashed",
    "script error": "script error",
    "capture failed": "capture failed",
    "driver died": "driver died",
}


def keep_network_log(writer: BundleWriter, work: Path, redactor: Redactor) -> tuple[CollectorFailure, ...]:
    """Put Chromium's own network log into the bundle, scrubbed; say so where it cannot be kept."""
    raw = work / NETLOG
    try:
        writer.add(layout.NETLOG, keep_netlog(raw, redactor), kind="netlog")
    except (OSError, ValueError) as error:
        failure = CollectorFailure(collector="netlog", page=0, error=type(error).__name__, message=str(error))
        return (failure,)
    return ()


def keep_proxy_log(writer: BundleWriter, work: Path, settings: RunSettings) -> tuple[CollectorFailure, ...]:
    """Put into the bundle what the checking proxy decided; say so where that cannot be kept."""
    if not settings.public_only:
        return ()
    try:
        writer.add(layout.PROXY, (work / LOG).read_bytes(), kind="proxy")
    except OSError as error:
        failure = CollectorFailure(collector="proxy", page=0, error=type(error).__name__, message=str(error))
        return (failure,)
    return ()


def keep_names(writer: BundleWriter, settings: RunSettings) -> None:
    """Put into the bundle which names stand behind the hosts of the run; nothing where none was asked for.

    A host that the run mapped to another address is not asked for: the answer would be about somebody else.
    """
    sent = (request for request in _lines(writer, REQUESTS, Request) if request.state == "sent")
    asked = dict.fromkeys(filter(None, (host_of(request.url) for request in sent)))
    hosts = [host for host in asked if not any(mapping.covers(host) for mapping in settings.resolve)]
    if not hosts:
        return
    from crawler.collect.run.names import look_up  # noqa: PLC0415 - the resolver takes .2 s to load

    records = look_up(hosts)
    if records:
        text = json.dumps([record.model_dump(mode="json") for record in records], indent=1)
        writer.add(layout.NAMES, text.encode(), kind="names")


def compose(
    writer: BundleWriter,
    walk: Walk,
    settings: RunSettings,
    redactor: Redactor,
    failures: tuple[CollectorFailure, ...],
) -> RunRecord:
    """Return the record of a run, complete or not."""
    opened = cast("Event", walk.last("opened"))
    scenario = opened["scenario"]
    started_on = jakarta_date(datetime.fromisoformat(walk.started))
    target = redactor.url(settings.start_url or scenario["start_url"])
    session_kind: Literal["guest", "login"] = "login" if settings.session else "guest"
    return RunRecord(
        schema_version=SCHEMA_VERSION,
        run_id=walk.run_id,
        origin="crawl",
        target=target,
        scenario=ScenarioFile(
            id=scenario["id"],
            title=scenario["title"],
            sha256=opened["scenario_sha256"],
            start_url=scenario["start_url"],
            stages=tuple(scenario["stages"]),
        ),
        device=settings.device,
        session_kind=session_kind,
        repeat_of=settings.repeat_of,
        previous=previous_run(writer.root, target, settings.device, session_kind),
        as_of=settings.as_of or started_on,
        simulated=settings.as_of is not None and settings.as_of != started_on,
        case={key: value for key, value in settings.case.model_dump().items() if value}
        if settings.case
        else None,
        settings=_settings(settings, redactor),
        environment=_environment(walk.last("environment")),
        trust=_trust(settings),
        status="complete" if walk.ended_by == "journey" else "incomplete",
        ended_by=cast("Any", walk.ended_by),
        detail=redactor.text(walk.detail.strip()),
        started=walk.started,
        ended=stamp(),
        guard=_guard(writer, walk),
        visits=_visits(writer, walk, scenario["stages"]),
        failures=failures,
        dropped_lines=_dropped(writer),
    )


def _settings(settings: RunSettings, redactor: Redactor) -> dict[str, Any]:
    """Return the settings of a run; addresses that a person named may carry tokens."""
    facts = settings.model_dump(mode="json")
    for name in ("start_url", "invoice_url", "payment_url"):
        facts[name] = redactor.url(facts[name]) if facts[name] else None
    return facts


def _environment(event: Event | None) -> Environment | None:
    if event is None:
        return None
    facts = {key: value for key, value in event.items() if key != "event"}
    return Environment(**environment.describe(), **facts)


def _trust(settings: RunSettings) -> Trust:
    return Trust(
        extra_ca_sha256=environment.file_sha256(settings.trust_ca) if settings.trust_ca else None,
        sandbox=environment.sandboxed(),
        resolve=tuple(f"{mapping.host}={mapping.target}" for mapping in settings.resolve),
        public_only=settings.public_only,
        allowed_ranges=settings.allowed_ranges,
    )


def _guard(writer: BundleWriter, walk: Walk) -> GuardStatement:
    return GuardStatement(
        enabled=walk.last("guard") is not None,
        known_orders_sent=_orders_sent(writer),
        words_sha256=words_sha256(),
        phase=(walk.last("phase") or {"why": ""})["why"],
        refusals=tuple(_refusals(writer)),
        changes=tuple(counted(_lines(writer, CHANGES, Change))),
        allowances=tuple(_allowances(walk)),
        limits=LIMITS,
    )


def _allowances(walk: Walk) -> Iterator[Allowance]:
    for event in walk.events:
        if event["event"] == "allow":
            yield Allowance(**{key: value for key, value in event.items() if key != "event"})


def counted(changes: Iterable[Change]) -> list[ChangeCount]:
    """Return how many requests of each kind changed state and went out, in the order of the first of each."""
    kinds: dict[ChangeKind, list[Change]] = {}
    for change in changes:
        kinds.setdefault(change.kind, []).append(change)
    return [
        ChangeCount(
            count=len(alike),
            first=alike[0].time,
            visits=tuple(dict.fromkeys(change.visit for change in alike)),
            **kind.model_dump(),
        )
        for kind, alike in kinds.items()
    ]


def _orders_sent(writer: BundleWriter) -> int:
    """Count recorded requests that were sent although the guard's own rules say that they create an order."""
    return sum(
        request.state == "sent" and _orders(writer, request) for request in _lines(writer, REQUESTS, Request)
    )


def _orders(writer: BundleWriter, request: Request) -> bool:
    kept = request.body.sha256_stored
    body = (writer.root / layout.blob(kept)).read_bytes() if kept else b""
    kind = "Document" if request.type == "document" else "Fetch"
    content_type = request.headers.get("content-type", "")
    verdict = judge(Call(request.method.upper(), request.url, kind, content_type, body))
    return bool(verdict.rule)


def _refusals(writer: BundleWriter) -> list[Refusal]:
    return list(_lines(writer, REFUSALS, Refusal))


def _lines(writer: BundleWriter, stream: str, kind: type[ModelT]) -> Iterator[ModelT]:
    """Yield the records of a stream; a line that a kill cut off is counted by `_dropped`."""
    path = writer.root / stream
    for line in path.read_bytes().splitlines() if path.exists() else []:
        try:
            yield kind.model_validate_json(line)
        except ValidationError:
            continue


def _dropped(writer: BundleWriter) -> int:
    """Count the lines of chain and streams that a kill cut off."""
    kinds: dict[str, type[BaseModel]] = {
        REQUESTS: Request,
        RESPONSES: Response,
        REFUSALS: Refusal,
        CHANGES: Change,
    }
    streams = (writer.root / name for name in kinds)
    written = sum(len(path.read_bytes().splitlines()) for path in streams if path.exists())
    read = sum(1 for name, kind in kinds.items() for _ in _lines(writer, name, kind))
    return writer.dropped_lines + written - read


def _visits(writer: BundleWriter, walk: Walk, declared: list[str]) -> tuple[Visit, ...]:
    """Return the visits that ended, the one under way when the run ended, and those never opened."""
    ended = {visit.ordinal: visit for visit in _written(writer)}
    begun = [event for event in walk.events if event["event"] == "stage"]
    visits = [ended.get(event["ordinal"]) or _cut_off(writer, walk, event) for event in begun]
    left = [Stage(kind) for kind in declared]
    for visit in visits:
        if visit.kind in left:
            left.remove(visit.kind)
    for kind in left:
        why = _ENDS.get(walk.ended_by, "not opened")
        visits.append(Visit(ordinal=len(visits) + 1, kind=kind, reached=False, reason=why))
    return tuple(visits)


def _written(writer: BundleWriter) -> list[Visit]:
    visits = []
    for path in sorted((writer.root / layout.STAGES).glob(f"*/{layout.VISIT}")):
        try:
            visits.append(Visit.model_validate_json(path.read_bytes()))
        except ValidationError:
            continue  # half-written when the run was killed: the visit counts as cut off
    return visits


def _cut_off(writer: BundleWriter, walk: Walk, event: Event) -> Visit:
    """Return the visit that was under way when the run ended, with the artifacts that were committed."""
    return Visit(
        ordinal=event["ordinal"],
        kind=Stage(event["kind"]),
        reached=False,
        reason=_ENDS.get(walk.ended_by, "interrupted"),
        detail=walk.detail.strip(),
        started=event["started"],
        artifacts=tuple(_committed(writer.root, event["ordinal"])),
    )


def _committed(root: Path, ordinal: int) -> list[Artifact]:
    kinds = get_args(ArtifactKind)
    entries = [json.loads(line) for line in (root / layout.CHAIN).read_bytes().splitlines()]
    return [
        Artifact(
            kind=entry["kind"],
            path=entry["path"],
            page=entry.get("page", 1),
            sha256=entry["sha256"],
            bytes=entry["bytes"],
        )
        for entry in entries
        if entry.get("visit") == ordinal and entry.get("kind") in kinds
    ]
