"""Reads one run folder into the rows that the index keeps of it. The folder is only read."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from crawler.errors import BundleCorrupt, EvidenceError, JournalBroken, JournalUnwritable, SchemaTooNew
from crawler.lib.hosts import host_of, registrable
from crawler.model.bare import read_bare
from crawler.model.evidence import TextRecord
from crawler.model.seen import seen_hash
from crawler.store import layout
from crawler.store.bundle import Bundle
from crawler.store.index import rows
from crawler.store.index.decided import PLACE, decision_files, decision_rows
from crawler.store.judgements import judgement_files, read_judgement
from crawler.store.shelf import run_name
from crawler.store.verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from crawler.model.evidence import Request, Response, RunRecord, TextNode, Visit
    from crawler.model.finding import Finding, Gap, Judgement

Rows = dict[type[rows.Row], list[rows.Row]]
SEALED, UNSEALED, DAMAGED, TOO_NEW = "sealed", "unsealed", "damaged", "too new"
SEAL_LOST = "its seal is gone: it was sealed when it was indexed before"
_INTEGER = 2**63  # what a column holds

RowT = TypeVar("RowT", bound=rows.Row)


@dataclass(frozen=True)
class Stamp:
    """What tells, without opening a bundle, whether it is as it was.

    `judged_sha256` is a hash of what is beside the seal: judgements and decisions.
    """

    seal: str | None
    judged_sha256: str


@dataclass
class Entry:
    """All rows of one run, by their kind; `problem` is the first thing that is wrong with it."""

    bundle: str
    state: str
    stamp: Stamp
    problem: str = ""
    rows: Rows = field(default_factory=dict)


def stamp(root: Path) -> Stamp:
    """Return what tells whether a run folder changed since it was indexed."""
    seal = _sha256(root / layout.MANIFEST) if layout.is_sealed(root) else None
    beside = [*judgement_files(root), *decision_files(root)]
    judged = "".join(f"{path.name}\0{_sha256(path)}\n" for path in beside)
    return Stamp(seal, hashlib.sha256(os.fsencode(judged)).hexdigest())


def read(root: Path) -> Entry:
    """Read a run folder; one that is unsealed or damaged becomes an entry that says so."""
    seen = stamp(root)
    entry = Entry(run_name(root), SEALED if seen.seal else UNSEALED, seen)
    run: RunRecord | None = None
    try:
        if seen.seal:
            bundle = Bundle(root, read_bare)
            entry.rows = _sealed_rows(bundle, entry.bundle)
            entry.problem = _add_judgements(bundle, entry)
            run = bundle.run
    except SchemaTooNew as error:
        entry.state, entry.problem, entry.rows = TOO_NEW, _said(error.message, root), {}
    except (EvidenceError, OSError, ValueError, RecursionError) as error:
        problems = verify(str(root)) or [_said(str(error), root)]
        entry.state, entry.problem, entry.rows = DAMAGED, problems[0], {}
    _add_decisions(root, entry)
    entry.rows[rows.RunRow] = [_run(entry, root, run)]
    return entry


def lost_seal(entry: Entry, seal: str) -> None:
    """Make an entry say that a run was sealed once and is not any more; the seal it had stays known."""
    entry.state, entry.problem = DAMAGED, SEAL_LOST
    told = [row for row in entry.rows[rows.RunRow] if isinstance(row, rows.RunRow)]
    entry.rows[rows.RunRow] = [row._replace(state=DAMAGED, problem=SEAL_LOST, seal=seal) for row in told]


def _run(entry: Entry, root: Path, run: RunRecord | None) -> rows.RunRow:
    bare = rows.RunRow(
        bundle=entry.bundle,
        state=entry.state,
        problem=_shown(entry.problem),
        seal=entry.stamp.seal,
        judged_sha256=entry.stamp.judged_sha256,
        run_id=_shown(root.name),
        scenario=_shown(root.parent.name),
    )
    if run is None:
        return bare
    return _row(
        rows.RunRow,
        run,
        bundle=bare.bundle,
        state=bare.state,
        problem=bare.problem,
        seal=bare.seal,
        judged_sha256=bare.judged_sha256,
        scenario=run.scenario.id,
        as_of=run.as_of.isoformat(),
        tool=run.environment.tool if run.environment else None,
        browser=run.environment.browser if run.environment else None,
        surat_tugas=(run.case or {}).get("surat_tugas"),
    )


def _row(kind: type[RowT], record: object, /, **own: object) -> RowT:
    """Return a row with the fields of a record that bear the same names, beside its own."""
    found = kind._make(own[name] if name in own else getattr(record, name) for name in kind._fields)
    assert isinstance(found, kind)
    return found


# --- the sealed part -----------------------------------------------------------------------------------


def _sealed_rows(bundle: Bundle, key: str) -> Rows:
    """Return the rows of what the seal covers.

    Raises:
        BundleCorrupt: something cannot be stored.
    """
    visits = list({visit.ordinal: visit for visit in bundle.run.visits}.values())
    responses = bundle.responses()
    requests = [
        _request(request, responses.get(request.id), key, number)
        for number, request in enumerate(bundle.requests(), 1)
    ]
    found: Rows = {
        rows.VisitRow: [_visit(visit, key) for visit in visits],
        rows.ArtifactRow: _artifacts(visits, key),
        rows.RequestRow: list(requests),
        rows.HostRow: _hosts(requests, key),
        rows.PageRow: _pages(bundle, visits, key),
    }
    _check(found)
    return found


def _visit(visit: Visit, key: str) -> rows.VisitRow:
    return _row(
        rows.VisitRow,
        visit,
        bundle=key,
        stage=visit.kind.value,
        url=visit.urls[-1] if visit.urls else None,
        failures=len(visit.failures),
    )


def _artifacts(visits: list[Visit], key: str) -> list[rows.Row]:
    found = {
        artifact.path: _row(rows.ArtifactRow, artifact, bundle=key, visit=visit.ordinal)
        for visit in visits
        for artifact in visit.artifacts
    }
    return list(found.values())


def _request(request: Request, response: Response | None, key: str, number: int) -> rows.RequestRow:
    return _row(
        rows.RequestRow,
        request,
        bundle=key,
        number=number,
        request=request.id,
        host=host_of(request.url),
        fields=" ".join(request.fields),
        body_bytes=request.body.bytes,
        contacted=response.contacted if response else None,
        status=response.status if response else None,
        address=response.address.ip if response and response.address else None,
        failure=response.failure if response else None,
    )


def _hosts(requests: list[rows.RequestRow], key: str) -> list[rows.Row]:
    """Count the requests of every host; deep links and `data:` addresses have none."""
    named = [row for row in requests if row.host]
    sent = Counter(row.host for row in named)
    contacted = Counter(row.host for row in named if row.contacted)
    refused = Counter(row.host for row in named if row.state == "refused")
    return [
        rows.HostRow(key, host, registrable(host), sent[host], contacted[host], refused[host])
        for host in sorted(sent)
    ]


def _pages(bundle: Bundle, visits: list[Visit], key: str) -> list[rows.Row]:
    found: dict[tuple[int, int], rows.Row] = {}
    for visit in visits:
        known = {page.page: page for page in visit.pages}
        for artifact in visit.artifacts_of("text"):
            nodes = bundle.record(artifact.path, TextRecord).nodes
            page = known.get(artifact.page)
            shown, hidden = _shown_and_hidden(nodes)
            found[visit.ordinal, artifact.page] = rows.PageRow(
                bundle=key,
                visit=visit.ordinal,
                page=artifact.page,
                url=page.url if page else None,
                title=page.title if page else None,
                shown=shown,
                hidden=hidden,
            )
    return list(found.values())


def _shown_and_hidden(nodes: Iterable[TextNode]) -> tuple[str, str]:
    """Return the text that shows and the text that does not: a line for each run of text, put together."""
    shown: dict[tuple[int, int, str], str] = {}
    hidden: dict[tuple[int, int, str], str] = {}
    for node in nodes:
        runs, place = shown if node.visible else hidden, (node.frame, node.block, node.channel)
        runs[place] = runs[place] + node.text if place in runs else node.text
    return _lines(shown.values()), _lines(hidden.values())


def _lines(runs: Iterable[str]) -> str:
    """Return the runs of text that hold any, white space folded, a line each."""
    return "\n".join(filter(None, map(" ".join, map(str.split, runs))))


# --- judgements, outside the seal ----------------------------------------------------------------------


def _add_judgements(bundle: Bundle, entry: Entry) -> str:
    """Add the rows of the judgements beside a bundle; return what is wrong with the first that is none."""
    problem = ""
    for path in judgement_files(bundle.root):
        try:
            found = _judged_rows(
                read_judgement(path, bundle, read_bare), path.stem, entry.bundle, bundle.seal
            )
            _check(found)
        except (OSError, ValueError, EvidenceError) as error:
            said = error.message if isinstance(error, EvidenceError) else type(error).__name__
            problem = problem or f"{layout.FINDINGS}/{path.name} is not indexed: {said}"
        else:
            for kind, listed in found.items():
                entry.rows.setdefault(kind, []).extend(listed)
    return problem


def _judged_rows(judgement: Judgement, policy: str, key: str, seal: str) -> Rows:
    of = {"bundle": key, "policy": policy}
    findings = (finding for rule in judgement.rules for finding in rule.findings)
    gaps = (gap for rule in judgement.rules for gap in rule.gaps)
    obligations = {each.obligation: each for each in judgement.obligations}.values()
    results = {each.rule: each for each in judgement.rules}.values()
    index = judgement.index
    return {
        rows.JudgementRow: [
            _row(
                rows.JudgementRow,
                judgement,
                **of,
                verdict=judgement.verdict.value,
                passed=index.passed,
                judged=index.judged,
                percent=index.percent,
            )
        ],
        rows.ObligationRow: [
            _row(rows.ObligationRow, each, **of, verdict=each.verdict.value) for each in obligations
        ],
        rows.FindingRow: [_finding(each, number, of, seal) for number, each in enumerate(findings, 1)],
        rows.LeftoverRow: [
            _row(
                rows.LeftoverRow,
                each,
                **of,
                stage=each.stage.value,
                channels=json.dumps(each.channels, sort_keys=True),
            )
            for each in judgement.leftovers or ()
        ],
        rows.ResultRow: [_row(rows.ResultRow, each, **of, verdict=each.verdict.value) for each in results],
        rows.GapRow: [_gap(each, number, of) for number, each in enumerate(gaps, 1)],
    }


def _finding(finding: Finding, number: int, of: dict[str, str], seal: str) -> rows.FindingRow:
    return _row(
        rows.FindingRow,
        finding,
        **of,
        number=number,
        stage=finding.stage.value,
        message=finding.message.id,
        channel=finding.locus.channel,
        request=finding.locus.request,
        seen=seen_hash(finding, seal),
    )


def _gap(gap: Gap, number: int, of: dict[str, str]) -> rows.GapRow:
    reader = gap.message.params.get("reader")
    return _row(
        rows.GapRow,
        gap,
        **of,
        number=number,
        stage=gap.stage.value if gap.stage else None,
        message=gap.message.id,
        reader=reader if isinstance(reader, str) else None,
        params=json.dumps(gap.message.params, sort_keys=True),
    )


# --- decisions, outside the seal -----------------------------------------------------------------------


def read_decisions(root: Path) -> Entry:
    """Read what was decided of a run, without opening its bundle."""
    entry = Entry(run_name(root), "", stamp(root))
    _add_decisions(root, entry)
    return entry


def _add_decisions(root: Path, entry: Entry) -> None:
    """Add the rows of what reviewers decided, of a damaged run too; a file that is broken is a problem."""
    try:
        found: Rows = {rows.DecisionRow: decided} if (decided := decision_rows(root, entry.bundle)) else {}
        _check(found)
    except (JournalBroken, JournalUnwritable, BundleCorrupt) as error:
        entry.problem = entry.problem or f"{PLACE} is not indexed: {_said(error.message, root)}"
    else:
        entry.rows.update(found)


# --- what a column can hold ----------------------------------------------------------------------------


def _check(found: Rows) -> None:
    """Reject what SQLite cannot store.

    Raises:
        BundleCorrupt: a number is too large or a text is no Unicode.
    """
    for kind, listed in found.items():
        for at, value in enumerate(chain.from_iterable(listed)):
            if isinstance(value, str):
                if not value.isascii() and not _is_unicode(value):
                    raise BundleCorrupt(f"{_column(kind, at)} is no Unicode text")
            elif isinstance(value, int) and not -_INTEGER <= value < _INTEGER:
                raise BundleCorrupt(f"{_column(kind, at)} is a number too large")


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _column(kind: type[rows.Row], at: int) -> str:
    """Return the column of the value at a place, counted through rows of one kind."""
    return f"{rows.TABLE_NAMES[kind]}.{kind._fields[at % len(kind._fields)]}"


def _said(text: str, root: Path) -> str:
    """Return a message without the place where the bundle lies: the index says the same anywhere."""
    return text.replace(str(root), root.name)


def _shown(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
