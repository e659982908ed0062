"""Every request of a run as one HTML page that filters itself: by words, stage, operator, state and witness.

The only report with a script. It stands in the page, its hash in the page's policy, and nothing else may
run; without script the whole table is there.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from crawler.derive.network.ledger import NETLOG
from crawler.lib.i18n import Language, Translator, translate
from crawler.report.files import replace
from crawler.report.hostmap import GROUPS
from crawler.report.summary import summary_of, wire_of
from crawler.report.templating import TEMPLATES
from crawler.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from crawler.derive.network.ledger import Entry
    from crawler.derive.operators.hosts import Group
    from crawler.model.finding import Judgement
    from crawler.report.views import Summary
    from crawler.report.wire import Wire
    from crawler.store.bundle import Bundle


class Row(NamedTuple):
    """One request as the table shows it, with the words of its choices."""

    id: str
    time: str
    stage: str
    stage_label: str
    ambiguous: bool
    method: str
    host: str
    path: str
    type: str
    operator: str
    operator_label: str
    state: str
    state_label: str
    witness: str
    witness_label: str
    cause_label: str


def write_requests(
    bundle: Bundle, judgement: Judgement, lang: Language = "id", *, root: Path | None = None
) -> Path:
    """Write `report/requests-<policy>-<lang>.html` into the bundle's folder, or into `root`.

    Raises:
        BundleCorrupt: the bundle is not what its seal says.
        ReportError: the file cannot be written.
    """
    summary, wire = summary_of(bundle, judgement), wire_of(bundle, judgement)
    text = render(summary, rows_of(summary, operator_groups(wire), translate(lang)), lang)
    return replace(root or bundle.root, f"requests-{judgement.policy}-{lang}.html", text)


def operator_groups(wire: Wire) -> dict[str, Group]:
    """Return who runs each host that is asked anything, by the first entry of the ledger that names it."""
    groups: dict[str, Group] = {}
    for entry in wire.ledger.entries:
        if entry.host not in groups:
            groups[entry.host] = wire.operator_of(entry).operator
    return groups


def rows_of(summary: Summary, groups: Mapping[str, Group], t: Translator) -> list[Row]:
    """Return a row for each entry of the ledger; `groups` is what `operator_groups` returned."""
    stages = {visit.ordinal: f"{visit.ordinal}. {t(f'stage.{visit.kind.value}')}" for visit in summary.visits}
    return [_row(entry, stages, groups[entry.host], t) for entry in summary.ledger.entries]


def _row(entry: Entry, stages: dict[int, str], operator: Group, t: Translator) -> Row:
    witness = "log" if entry.seen_by == (NETLOG,) else "both" if NETLOG in entry.seen_by else "events"
    return Row(
        id=entry.id,
        time=entry.time,
        stage=str(entry.visit),
        stage_label=stages.get(entry.visit, t("ledger.before")),
        ambiguous=entry.ambiguous,
        method=entry.method,
        host=entry.host,
        path=_path(entry.url),
        type=entry.type,
        operator=operator,
        operator_label=t(f"group.{operator}"),
        state=entry.state,
        state_label=t(f"entry-state.{entry.state}"),
        witness=witness,
        witness_label=t(f"witness.{witness}"),
        cause_label=t(f"cause.{entry.cause}") if entry.cause else "",
    )


def render(summary: Summary, rows: list[Row], lang: Language) -> str:
    """Return the page."""
    t = translate(lang)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["v"] = visible
    script = (TEMPLATES / "filter.js").read_text(encoding="utf-8")
    style = Markup((TEMPLATES / "style.css").read_text(encoding="utf-8"))  # noqa: S704 - our own file
    filters = choices_of(rows, t)
    text = environment.get_template("request-table.html.j2").render(
        s=summary, rows=rows, lang=lang, t=t, style=style, filters=filters, script_hash=_hash(script)
    )
    return text.replace("</body>", f"<script>{script}</script>\n</body>")


def choices_of(rows: Sequence[Row], t: Translator) -> tuple[tuple[str, list[tuple[str, str]]], ...]:
    """Return what the table can be narrowed down by, with the choices that its rows leave and their words."""
    there = {row.operator for row in rows}
    return (
        ("stage", _choices((row.stage, row.stage_label) for row in rows)),
        ("operator", [(group, t(f"group.{group}")) for group in GROUPS if group in there]),
        ("state", _choices((row.state, row.state_label) for row in rows)),
        ("witness", _choices((row.witness, row.witness_label) for row in rows)),
    )


def narrowed(rows: Iterable[Row], words: str, choices: Mapping[str, str]) -> list[Row]:
    """Return the rows that have all the words, in any case, and the given choices; as the page's script does.

    Args:
        rows: What to choose from.
        words: Words apart by blanks; each must stand somewhere in a row's cells as they are shown.
        choices: What a row must have by the name of its choice, such as `state`; an empty one asks nothing.
    """
    wanted = words.lower().split()
    asked = {name: value for name, value in choices.items() if value}
    return [
        row
        for row in rows
        if all(getattr(row, name) == value for name, value in asked.items())
        and (not wanted or _has_all(_cells(row), wanted))
    ]


def _has_all(text: str, words: Iterable[str]) -> bool:
    return all(word in text for word in words)


def _cells(row: Row) -> str:
    """Return what a row's cells show, in lower case."""
    asked = f"{row.method} {row.host}{row.path}"
    said = (row.id, row.stage_label, asked, row.time, row.type, row.operator_label, row.state_label)
    return "\n".join((*said, row.witness_label, row.cause_label)).lower()


def _choices(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(dict.fromkeys(pairs))


def _hash(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _path(url: str) -> str:
    """Return the path without its query, where values of a shopper may stand."""
    try:
        return urlsplit(url).path
    except ValueError:
        return ""
