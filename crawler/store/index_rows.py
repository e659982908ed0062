"""Reads one run folder into the rows that the index keeps of it. The folder is only read."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from crawler.errors import BundleCorrupt, EvidenceError, SchemaTooNew
from crawler.lib.hosts import host_of, registrable
from crawler.model.evidence import Request, Response, TextRecord
from crawler.model.finding import Judgement
from crawler.store.bundle import Bundle
from crawler.store.verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from crawler.model.evidence import RunRecord, TextNode, Visit
    from crawler.model.finding import Finding, Gap, Leftovers

Rows = dict[str, list[dict[str, Any]]]
SEALED, UNSEALED, DAMAGED, TOO_NEW = "sealed", "unsealed", "damaged", "too new"
_MAX_JUDGEMENT_BYTES = 64 * 2**20  # a thousand times what a judgement with hundreds of findings takes
_INTEGER = 2**63  # what a column holds


@dataclass(frozen=True)
class Stamp:
    """What tells, without opening a bundle, whether it is as it was: its seal and its judgements' hash."""

    seal: str | None
    judged_sha256: str


@dataclass
class Entry:
    """All rows of one run, by table; `problem` is the first thing that is wrong with it."""

    bundle: str
    state: str
    stamp: Stamp
    problem: str = ""
    rows: Rows = field(default_factory=dict)


def name(root: Path) -> str:
    """Return what a run folder is called in the index: the names of its scenario's folder and its own."""
    return os.fsencode(f"{root.parent.name}/{root.name}").decode("utf-8", "backslashreplace")


def folders(out: Path) -> Iterator[Path]:
    """Yield every run folder below `out`, sealed or not, in the order of their names."""
    for scenario in _inside(out):
        for run in _inside(scenario):
            if any((run / part).exists() for part in ("data", "bagit.txt", "manifest-sha256.txt")):
                yield run


def stamp(root: Path) -> Stamp:
    """Return what tells whether a run folder changed since it was indexed."""
    sealed = (root / "tagmanifest-sha256.txt").exists()
    seal = _sha256(root / "manifest-sha256.txt") if sealed else None
    judged = "".join(f"{path.name}\0{_sha256(path)}\n" for path in _judgement_files(root))
    return Stamp(seal, hashlib.sha256(os.fsencode(judged)).hexdigest())


def read(root: Path) -> Entry:
    """Read a run folder; one that is unsealed or damaged becomes an entry that says so."""
    seen = stamp(root)
    entry = Entry(name(root), SEALED if seen.seal else UNSEALED, seen)
    try:
        if seen.seal:
            entry.rows = _bundle(Bundle(root), entry)
            _check(entry.rows)
    except SchemaTooNew as error:
        entry.state, entry.problem, entry.rows = TOO_NEW, _said(error.message, root), {}
    except (EvidenceError, OSError, ValueError, RecursionError) as error:
        problems = verify(str(root)) or [_said(str(error), root)]
        entry.state, entry.problem, entry.rows = DAMAGED, problems[0], {}
    facts = entry.rows.get("runs", [{"scenario": _shown(root.parent.name), "run_id": _shown(root.name)}])[0]
    head = {
        "bundle": entry.bundle,
        "state": entry.state,
        "problem": _shown(entry.problem),
        "seal": seen.seal,
        "judged_sha256": seen.judged_sha256,
    }
    entry.rows["runs"] = [head | facts]
    return entry


# --- the sealed part -----------------------------------------------------------------------------------


def _bundle(bundle: Bundle, entry: Entry) -> Rows:
    key = entry.bundle
    visits = list({visit.ordinal: visit for visit in bundle.run.visits}.values())
    requests = _requests(bundle, key)
    rows: Rows = {
        "runs": [_run(bundle.run)],
        "visits": [_visit(visit, key) for visit in visits],
        "artifacts": _artifacts(visits, key),
        "requests": requests,
        "hosts": _hosts(requests, key),
        "pages": _pages(bundle, visits, key),
        "judgements": [],
        "obligations": [],
        "findings": [],
        "leftovers": [],
        "results": [],
        "gaps": [],
    }
    for path in _judgement_files(bundle.root):
        try:
            _judgement(_read_judgement(path, bundle), path.stem, key, rows)
        except (OSError, ValueError, EvidenceError) as error:
            said = error.message if isinstance(error, EvidenceError) else type(error).__name__
            entry.problem = entry.problem or f"findings/{path.name} is not indexed: {said}"
    return rows


def _run(run: RunRecord) -> dict[str, Any]:
    environment = run.environment
    facts = {
        name: getattr(run, name)
        for name in ("run_id", "origin", "target", "device", "session_kind", "previous", "twin_of")
    }
    more = ("repeat_of", "simulated", "status", "ended_by", "detail", "started", "ended")
    return {
        **facts,
        **{name: getattr(run, name) for name in more},
        "scenario": run.scenario.id,
        "as_of": run.as_of.isoformat(),
        "tool": environment.tool if environment else None,
        "browser": environment.browser if environment else None,
    }


def _visit(visit: Visit, key: str) -> dict[str, Any]:
    return {
        "bundle": key,
        "ordinal": visit.ordinal,
        "stage": visit.kind.value,
        "reached": visit.reached,
        "reason": visit.reason,
        "detail": visit.detail,
        "url": visit.urls[-1] if visit.urls else None,
        "started": visit.started,
        "settled": visit.settled,
        "ended": visit.ended,
        "failures": len(visit.failures),
    }


def _artifacts(visits: list[Visit], key: str) -> list[dict[str, Any]]:
    rows = {
        artifact.path: {"bundle": key, "visit": visit.ordinal, **artifact.model_dump()}
        for visit in visits
        for artifact in visit.artifacts
    }
    return list(rows.values())


def _requests(bundle: Bundle, key: str) -> list[dict[str, Any]]:
    responses = bundle.responses()
    return [
        _request(request, responses.get(request.id), key) | {"number": number}
        for number, request in enumerate(bundle.requests(), 1)
    ]


def _request(request: Request, response: Response | None, key: str) -> dict[str, Any]:
    return {
        "bundle": key,
        "request": request.id,
        "time": request.time,
        "visit": request.visit,
        "page": request.page,
        "method": request.method,
        "url": request.url,
        "host": host_of(request.url),
        "type": request.type,
        "state": request.state,
        "fields": " ".join(request.fields),
        "body_bytes": request.body.bytes,
        "contacted": response.contacted if response else None,
        "status": response.status if response else None,
        "address": response.address.ip if response and response.address else None,
        "failure": response.failure if response else None,
    }


def _hosts(requests: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """Count the requests of every host; deep links and `data:` addresses have none."""
    named = [row for row in requests if row["host"]]
    sent = Counter(row["host"] for row in named)
    contacted = Counter(row["host"] for row in named if row["contacted"])
    refused = Counter(row["host"] for row in named if row["state"] == "refused")
    return [
        {
            "bundle": key,
            "host": host,
            "registrable": registrable(host),
            "requests": sent[host],
            "contacted": contacted[host],
            "refused": refused[host],
        }
        for host in sorted(sent)
    ]


def _pages(bundle: Bundle, visits: list[Visit], key: str) -> list[dict[str, Any]]:
    rows = {}
    for visit in visits:
        known = {page.page: page for page in visit.pages}
        for artifact in visit.artifacts:
            if artifact.kind == "text":
                nodes = bundle.record(artifact.path, TextRecord).nodes
                page = known.get(artifact.page)
                rows[visit.ordinal, artifact.page] = {
                    "bundle": key,
                    "visit": visit.ordinal,
                    "page": artifact.page,
                    "url": page.url if page else None,
                    "title": page.title if page else None,
                    "shown": _runs_of_text(node for node in nodes if node.visible),
                    "hidden": _runs_of_text(node for node in nodes if not node.visible),
                }
    return list(rows.values())


def _runs_of_text(nodes: Iterable[TextNode]) -> str:
    """Return one line for each run of text, put together over the elements that split it."""
    runs: dict[tuple[int, int, str], list[str]] = {}
    for node in nodes:
        runs.setdefault((node.frame, node.block, node.channel), []).append(node.text)
    lines = (" ".join("".join(run).split()) for run in runs.values())
    return "\n".join(line for line in lines if line)


# --- judgements, outside the seal ----------------------------------------------------------------------


def _judgement_files(root: Path) -> list[Path]:
    """Return the judgements beside a bundle; links and files left half-written are none."""
    folder = root / "findings"
    try:
        found = [] if folder.is_symlink() else sorted(folder.glob("*.json"))
    except OSError:
        return []
    return [path for path in found if path.name[0] != "." and path.is_file() and not path.is_symlink()]


def _read_judgement(path: Path, bundle: Bundle) -> Judgement:
    if path.stat().st_size > _MAX_JUDGEMENT_BYTES:
        raise BundleCorrupt("too large")
    try:
        judgement = Judgement.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise BundleCorrupt("no judgement") from error
    if judgement.inputs.get("seal") != bundle.seal:
        raise BundleCorrupt("of another bundle")
    return judgement


def _judgement(judgement: Judgement, policy: str, key: str, rows: Rows) -> None:
    findings = [finding for rule in judgement.rules for finding in rule.findings]
    fresh: Rows = {
        "judgements": [
            {
                "bundle": key,
                "policy": policy,
                "as_of": judgement.as_of,
                "simulated": judgement.simulated,
                "verdict": judgement.verdict.value,
                "passed": judgement.index.passed,
                "judged": judgement.index.judged,
                "percent": judgement.index.percent,
            }
        ],
        "obligations": [
            {
                "bundle": key,
                "policy": policy,
                "obligation": each.obligation,
                "article": each.article,
                "severity": each.severity,
                "verdict": each.verdict.value,
            }
            for each in {each.obligation: each for each in judgement.obligations}.values()
        ],
        "findings": [
            {"bundle": key, "policy": policy, "number": number} | _finding(finding)
            for number, finding in enumerate(findings, 1)
        ],
        "leftovers": [
            {"bundle": key, "policy": policy} | _leftovers(each) for each in judgement.leftovers or ()
        ],
        "results": [
            {"bundle": key, "policy": policy, "rule": each.rule, "version": each.version}
            | {"verdict": each.verdict.value, "error": each.error}
            for each in {each.rule: each for each in judgement.rules}.values()
        ],
        "gaps": [
            {"bundle": key, "policy": policy, "number": number} | _gap(gap)
            for number, gap in enumerate((gap for rule in judgement.rules for gap in rule.gaps), 1)
        ],
    }
    _check(fresh)
    for table, more in fresh.items():
        rows[table] += more


def _finding(finding: Finding) -> dict[str, Any]:
    plain = ("rule", "rule_version", "outcome", "severity", "confidence", "status", "visit", "url")
    more = ("observed", "expected", "article", "times", "fingerprint")
    return {
        **{name: getattr(finding, name) for name in (*plain, *more)},
        "stage": finding.stage.value,
        "message": finding.message.id,
        "channel": finding.locus.channel,
        "request": finding.locus.request,
    }


def _gap(gap: Gap) -> dict[str, Any]:
    reader = gap.message.params.get("reader")
    return {
        "rule": gap.rule,
        "stage": gap.stage.value if gap.stage else None,
        "visit": gap.visit,
        "message": gap.message.id,
        "reader": reader if isinstance(reader, str) else None,
    }


def _leftovers(each: Leftovers) -> dict[str, Any]:
    channels = json.dumps(each.channels, sort_keys=True)
    return {**each.model_dump(mode="json"), "channels": channels}


# --- what a column can hold ----------------------------------------------------------------------------


def _check(rows: Rows) -> None:
    """Hold back what SQLite cannot store.

    Raises:
        BundleCorrupt: a number is too large or a text is no Unicode.
    """
    for table, listed in rows.items():
        for row in listed:
            for column, value in row.items():
                if isinstance(value, int) and not -_INTEGER <= value < _INTEGER:
                    raise BundleCorrupt(f"{table}.{column} is a number too large")
                if isinstance(value, str) and not value.isascii():
                    _encodable(value, table, column)


def _encodable(value: str, table: str, column: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise BundleCorrupt(f"{table}.{column} is no Unicode text") from error


def _said(text: str, root: Path) -> str:
    """Return a message without the place where the bundle lies: the index says the same anywhere."""
    return text.replace(str(root), root.name)


def _shown(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def _inside(folder: Path) -> list[Path]:
    try:
        found = sorted(path for path in folder.iterdir() if path.name[0] != ".")
    except OSError:
        return []
    return [path for path in found if path.is_dir() and not path.is_symlink()]


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
