"""Findings, requests, hosts, stages, obligations and the left-over meter as CSV (RFC 4180) for a spreadsheet.

Column names are fixed ids in English; titles and sentences stand in the language of the report. The files
begin with a byte order mark, since a spreadsheet otherwise takes UTF-8 for the code page of its machine.
Text that a spreadsheet would run as a formula gets an apostrophe in front of it, whatever the program takes
for the border of a cell; controls stand as marks, line ends and tabs as blanks.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

from crawler.lib.i18n import Language, Translator, translate
from crawler.model.excepted import REASON
from crawler.report.files import replace
from crawler.report.summary import summary_of, wire_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from crawler.model.finding import Finding, Judgement
    from crawler.report.views import FindingView, HostView, RequestView, Summary
    from crawler.store.bundle import Bundle

Cell = str | int | float | None
BOM = "\ufeff"
BARE = {"connection": "connection without request", "tool": "asked by the capture"}
FORMULA_STARTS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")  # Source: OWASP, "CSV Injection"
# Where a cell may begin: with the text, or behind what some program parts cells by in some locale (Indonesian
# and German Windows by semicolons, imports by guess). Blanks and quotes around its content are dropped there.
_BORDERS = ";|"
_SIGN = re.compile(rf"((?:^|[{_BORDERS}])[\s\"'\u200b-\u200f\u2060\ufeff]*)([=+\-@\uff1d\uff0b\uff0d\uff20])")
_GAPS = re.compile("[\t\n\r\x0b\x0c\x1c-\x1f\x85\u2028\u2029]+")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
FINDINGS = (
    "run_id", "number", "visit", "stage", "stage_title", "rule", "rule_title", "rule_version", "outcome",
    "outcome_title", "severity", "confidence", "status", "excuse", "obligations", "article", "message",
    "observed", "expected", "times", "channel", "url", "page", "box_x_px", "box_y_px", "box_w_px", "box_h_px",
    "request", "request_host", "evidence", "fingerprint", "hidden", "element", "element_src", "element_href",
    "grade", "read_first", "read_again", "readers", "pixels",
)  # fmt: skip
REQUESTS = (
    "run_id", "request", "visit", "stage", "stage_title", "time_utc", "method", "scheme", "host", "path",
    "type", "state", "contacted", "status", "address", "fields", "operator", "operator_title", "owner",
    "role", "payment", "operator_confidence", "conflicts", "findings", "initiator", "stage_sure",
)  # fmt: skip
HOSTS = (
    "run_id", "visit", "stage", "stage_title", "host", "requests", "contacted", "refused", "types",
    "addresses", "operator", "operator_title", "owner", "role", "payment", "operator_confidence",
    "conflicts", "findings", "without_request",
)  # fmt: skip

STAGES = (
    "run_id", "visit", "stage", "stage_title", "reached", "reason", "reason_title", "confirmed",
    "marks_found", "marks_looked_for", "findings", "url",
)  # fmt: skip
OBLIGATIONS = (
    "run_id", "obligation", "obligation_title", "article", "severity", "verdict", "verdict_title",
    "stages_missing", "stages_unconfirmed", "rests_on", "unread", "findings",
)  # fmt: skip

LEFTOVERS = (
    "run_id", "visit", "stage", "stage_title", "measured", "mentions", "logos", "in_review", "excused",
    "first_screen", "below", "unplaced", "area_share", "channels",
)  # fmt: skip


def write_csv(
    bundle: Bundle, judgement: Judgement, lang: Language = "id", *, root: Path | None = None
) -> tuple[Path, ...]:
    """Write `report/<table>-<policy>.csv` for each table into the bundle's folder, or into `root`.

    The tables are findings, requests, hosts, stages, obligations and leftovers. The left-over meter is left
    out where the judgement has none.

    Raises:
        BundleCorrupt: the bundle is not what its seal says.
        ReportError: a file cannot be written.
    """
    summary, t = summary_of(bundle, judgement), translate(lang)
    tables: dict[str, tuple[Sequence[str], Iterable[Sequence[Cell]]]] = {
        "findings": (FINDINGS, _findings(summary, t)),
        "requests": (REQUESTS, _requests(summary, wire_of(bundle, judgement).requests(), t)),
        "hosts": (HOSTS, _hosts(summary, t)),
    }
    if summary.leftovers is not None:
        tables["leftovers"] = (LEFTOVERS, _leftovers(summary, t))
    tables["stages"] = (STAGES, _stages(summary, t))
    tables["obligations"] = (OBLIGATIONS, _obligations(summary, t))
    return tuple(
        replace(root or bundle.root, f"{name}-{judgement.policy}.csv", to_csv(columns, rows))
        for name, (columns, rows) in tables.items()
    )


def _stages(summary: Summary, t: Translator) -> Iterator[Sequence[Cell]]:
    for visit in summary.visits:
        yield (
            summary.run_id,
            visit.ordinal,
            visit.kind.value,
            t(f"stage.{visit.kind.value}"),
            "yes" if visit.reached else "no",
            visit.reason or "",
            t(f"reason.{visit.reason.replace(' ', '-')}") if visit.reason else "",
            visit.confirmed or "",
            " ".join(visit.marks_found),
            " ".join(visit.marks_looked_for),
            " ".join(map(str, visit.findings)),
            visit.urls[-1] if visit.urls else "",
        )


def _obligations(summary: Summary, t: Translator) -> Iterator[Sequence[Cell]]:
    for each in summary.obligations:
        counted = (
            f"{rule.rule}: {what} {count}" for rule in each.rules for what, count in rule.checked.items()
        )
        yield (
            summary.run_id,
            each.obligation,
            t(f"obligation.{each.obligation}.title"),
            each.article,
            each.severity,
            each.verdict.value,
            t(f"verdict.{each.verdict.value}"),
            " ".join(stage.value for stage in each.stages_missing),
            " ".join(stage.value for stage in each.stages_unconfirmed),
            "; ".join(counted),
            each.unread,
            " ".join(map(str, each.findings)),
        )


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return rows as CSV text with a byte order mark; texts are made harmless, numbers stay numbers."""
    out = io.StringIO()
    writer = csv.writer(out, dialect="excel")
    writer.writerow(columns)
    writer.writerows([harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return BOM + out.getvalue()


def harmless(text: str) -> str:
    """Return text that no spreadsheet takes for a formula, no terminal obeys and every file can hold.

    A spreadsheet in another locale parts the same line otherwise: a formula may begin behind each border that
    some program knows, and behind the blanks and quotes that programs drop before they look.
    """
    kept = _CONTROLS.sub("\ufffd", _GAPS.sub(" ", text))
    return _SIGN.sub(r"\1'\2", kept)


def _findings(summary: Summary, t: Translator) -> Iterator[Sequence[Cell]]:
    for view in summary.findings:
        finding, locus = view.finding, view.finding.locus
        box: Sequence[Cell] = [round(part, 1) for part in locus.box] if locus.box else [None] * 4
        yield (
            summary.run_id,
            view.number,
            finding.visit,
            finding.stage.value,
            t(f"stage.{finding.stage.value}"),
            finding.rule,
            t(f"rule.{finding.rule}.title"),
            finding.rule_version,
            finding.outcome,
            t(f"verdict.{finding.outcome}"),
            finding.severity,
            finding.confidence,
            finding.status,
            _excuse(finding),
            _joined(view.obligations),
            finding.article,
            t(finding.message.id, **finding.message.params),
            finding.observed,
            finding.expected,
            finding.times,
            locus.channel,
            finding.url,
            locus.page,
            *box,
            locus.request or "",
            view.request.host if view.request else "",
            _joined(file.path for file in view.evidence),
            finding.fingerprint,
            _yes(finding.hidden),
            locus.element,
            locus.src,
            locus.href,
            *_reading(finding),
        )


def _excuse(finding: Finding) -> str:
    """Return why a finding is excused: of a reviewer's exception also its number, author and last day."""
    if finding.excuse is None:
        return ""
    is_exception = finding.excuse.reason == REASON
    return f"{REASON} ({finding.excuse.source})" if is_exception else finding.excuse.reason


def _reading(finding: Finding) -> tuple[Cell, ...]:
    """Return grade, both readings and the readers, and each `<file>#xywh=<x>,<y>,<w>,<h>` in px of the file.

    The form is that of a media fragment (W3C, Media Fragments URI 1.0).
    """
    read = finding.reading
    places = _joined(f"{place.path}#xywh={','.join(map(str, place.box_px))}" for place in finding.pixels)
    if read is None:
        return ("", "", "", "", places)
    readers = _joined(filter(None, (read.engine, read.second_engine)))
    return (read.grade, read.first, _joined(read.again), readers, places)


def _requests(
    summary: Summary, requests: Iterable[tuple[int, RequestView]], t: Translator
) -> Iterator[Sequence[Cell]]:
    kinds = {visit.ordinal: visit.kind.value for visit in summary.visits}
    for visit, request in requests:
        kind = kinds.get(visit, "")
        yield (
            summary.run_id,
            request.id,
            visit,
            kind,
            t(f"stage.{kind}") if kind else "",
            request.time,
            request.method,
            request.scheme,
            request.host,
            request.path,
            request.type,
            BARE.get(request.state, request.state),
            _yes(request.contacted),
            request.status,
            request.address.ip if request.address else "",
            _joined(request.fields),
            *_operator(request, t),
            _numbers(view for view in summary.findings if view.request and view.request.id == request.id),
            request.initiator,
            _yes(not request.ambiguous),
        )


def _hosts(summary: Summary, t: Translator) -> Iterator[Sequence[Cell]]:
    for visit in summary.visits:
        views = [summary.findings[number - 1] for number in visit.findings]
        place = (summary.run_id, visit.ordinal, visit.kind.value, t(f"stage.{visit.kind.value}"))
        for host in visit.hosts:
            numbers = _numbers(view for view in views if view.request and view.request.host == host.host)
            yield (*place, *_host(host, numbers, t))
    for host in summary.ledger.outside:
        yield (summary.run_id, 0, "", t("ledger.before"), *_host(host, "", t))


def _host(host: HostView, findings: str, t: Translator) -> tuple[Cell, ...]:
    return (
        host.host,
        host.requests,
        _yes(host.contacted),
        host.refused,
        _joined(host.types),
        _joined(host.addresses),
        *_operator(host, t),
        findings,
        _joined(t(f"bare.{kind}") for kind in host.bare),
    )


def _leftovers(summary: Summary, t: Translator) -> Iterator[Sequence[Cell]]:
    """Yield the meter of each stage; a stage that was not reached has no numbers, for it was not measured."""
    for row in summary.leftovers or ():
        counts: tuple[Cell, ...] = (
            row.mentions,
            row.logos,
            row.in_review,
            row.excused,
            row.first_screen,
            row.below,
            row.unplaced,
            row.area_share,
            _joined(f"{channel}: {count}" for channel, count in row.channels.items()),
        )
        yield (
            summary.run_id,
            row.visit,
            row.stage.value,
            t(f"stage.{row.stage.value}"),
            row.measured,
            *(counts if row.measured != "not" else [None] * len(counts)),
        )


def _operator(of: RequestView | HostView, t: Translator) -> tuple[Cell, ...]:
    operator = of.operator
    return (
        operator.operator,
        t(f"group.{operator.operator}"),
        operator.owner,
        operator.role,
        operator.payment,
        operator.confidence,
        _joined(operator.conflicts),
    )


def _numbers(views: Iterable[FindingView]) -> str:
    return _joined(str(view.number) for view in views)


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(texts)


def _yes(value: bool) -> str:
    return "yes" if value else "no"
