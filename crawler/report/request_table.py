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
    from collections.abc import Iterable
    from pathlib import Path

    from crawler.derive.network.ledger import Entry
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


def write_requests(bundle: Bundle, judgement: Judgement, lang: Language = "id") -> Path:
    """Write `report/requests-<policy>-<lang>.html` into the bundle's folder, outside its seal.

    Raises:
        BundleCorrupt: the bundle is not what its seal says.
        ReportError: the file cannot be written.
    """
    summary, wire = summary_of(bundle, judgement), wire_of(bundle, judgement)
    text = render(summary, rows_of(summary, wire, translate(lang)), lang)
    return replace(bundle.root, f"requests-{judgement.policy}-{lang}.html", text)


def rows_of(summary: Summary, wire: Wire, t: Translator) -> list[Row]:
    """Return a row for each entry of the ledger."""
    stages = {visit.ordinal: f"{visit.ordinal}. {t(f'stage.{visit.kind.value}')}" for visit in summary.visits}
    groups: dict[str, str] = {}
    return [_row(entry, stages, groups, wire, t) for entry in summary.ledger.entries]


def _row(entry: Entry, stages: dict[int, str], groups: dict[str, str], wire: Wire, t: Translator) -> Row:
    operator = groups.setdefault(entry.host, "") or wire.operator_of(entry).operator
    groups[entry.host] = operator
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
    filters = (
        ("stage", _choices((row.stage, row.stage_label) for row in rows)),
        (
            "operator",
            [(group, t(f"group.{group}")) for group in GROUPS if any(row.operator == group for row in rows)],
        ),
        ("state", _choices((row.state, row.state_label) for row in rows)),
        ("witness", _choices((row.witness, row.witness_label) for row in rows)),
    )
    text = environment.get_template("request-table.html.j2").render(
        s=summary, rows=rows, lang=lang, t=t, style=style, filters=filters, script_hash=_hash(script)
    )
    return text.replace("</body>", f"<script>{script}</script>\n</body>")


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
