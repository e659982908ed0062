"""Write the pages of docs/ that follow from the source: rules, obligations, packs, command line, schemas.

`python docs/generate.py` writes them; with `--check` it writes nothing and fails if one is out of date.
"""

from __future__ import annotations

import ast
import importlib
import json
import os
import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ["LC_ALL"] = "C.UTF-8"  # before the import below: the help texts follow the locale

import click
from pydantic import TypeAdapter

from crawler.browse.doctor import Check
from crawler.cli import pantau as command_line
from crawler.lib.i18n import LANGUAGES, translate
from crawler.model import evidence, finding
from crawler.model.after import AfterNight
from crawler.model.comparison import Comparison
from crawler.model.indexed import Hit, Indexed
from crawler.model.line import RunOutcome
from crawler.model.notice import Standing
from crawler.model.status import Status
from crawler.model.trend import Series
from crawler.report.views import Summary

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).parent
ROOT = DOCS.parent
RULES = ROOT / "crawler" / "checks" / "rules"
PACKS = ROOT / "crawler" / "policies"
GENERATED = ("README.md", "cli.md", "rules/*.md", "obligations/*.md", "packs/*.md", "schema/*.json")
HEADINGS = ("Flags", "Why", "How decided", "Evidence", "Cannot tell when", "Limits", "Source")
HELP_WIDTH = 100

SCHEMAS: dict[str, tuple[str, Any]] = {
    "run": ("data/run.json", evidence.RunRecord),
    "request": ("a line of data/requests.jsonl", evidence.Request),
    "response": ("a line of data/responses.jsonl", evidence.Response),
    "tiles": ("a visit's tiles.json", evidence.TileMap),
    "text": ("a visit's text.json", evidence.TextRecord),
    "frames": ("a visit's frames.json", list[evidence.FrameRecord]),
    "forms": ("a visit's forms.json", list[evidence.FormRecord]),
    "storage": ("a visit's storage.json", list[evidence.StoredItem]),
    "transport": ("a visit's transport.json", list[evidence.TransportRecord]),
    "proxied-connection": ("a line of data/proxy.jsonl", evidence.ProxiedConnection),
    "names": ("data/names.json", list[evidence.NameRecord]),
    "judgement": ("findings/<policy>.json", finding.Judgement),
    "report": ("report/report-<policy>.json", Summary),
    "line": (
        "what `pantau run --json` prints; `check --json` prints a list of these, `demo --json` one a line",
        RunOutcome,
    ),
    "comparison": ("what `pantau compare --json` prints", Comparison),
    "index": ("what `pantau index --json` prints", Indexed),
    "trend": ("what `pantau trend --json` prints", list[Series]),
    "hits": ("what `pantau index --search WORDS --json` prints", list[Hit]),
    "doctor": ("what `pantau doctor --json` prints", list[Check]),
    "after": ("nights/<date>/after.json", AfterNight),
    "status": ("what `pantau status --json` prints", Status),
    "notices": ("what `pantau notice --json` prints", list[Standing]),
}


def main(arguments: list[str]) -> int:
    """Write or check the pages; the exit code is 1 when a check finds one out of date."""
    pages = all_pages()
    stale = [path for path, text in pages.items() if _read(DOCS / path) != text]
    extra = sorted(_generated_files() - set(pages))
    if "--check" not in arguments:
        _write({path: pages[path] for path in stale}, extra)
        return 0
    for path in (*stale, *extra):
        sys.stderr.write(f"docs/{path} is out of date; run `make docs`\n")
    return 1 if stale or extra else 0


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _generated_files() -> set[str]:
    return {str(path.relative_to(DOCS)) for pattern in GENERATED for path in DOCS.glob(pattern)}


def _write(pages: dict[str, str], extra: list[str]) -> None:
    for name, text in pages.items():
        path = DOCS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name in extra:
        (DOCS / name).unlink()


def all_pages() -> dict[str, str]:
    """Return every generated page by its path below docs/."""
    pages = {
        "cli.md": cli_page(),
        **{f"rules/{path.stem.replace('_', '-')}.md": rule_page(path) for path in rule_files()},
        **{f"obligations/{name}.md": obligation_page(name, rows) for name, rows in obligations().items()},
        **{f"packs/{path.stem}.md": pack_page(path) for path in pack_files()},
        **{f"schema/{name}.json": schema_page(name) for name in SCHEMAS},
    }
    return {**pages, "README.md": index_page(pages)}


# ── rules ───────────────────────────────────────────────────────────────────────────────────────────


def rule_files() -> list[Path]:
    """Return the rule files; names with a leading underscore are no rules."""
    return sorted(path for path in RULES.glob("*.py") if not path.name.startswith("_"))


def rule_page(path: Path) -> str:
    """Return the page of one rule: what it declares, then its docstring by heading."""
    rule = importlib.import_module(f"crawler.checks.rules.{path.stem}")
    summary, sections = docstring_sections(path)
    lines = [f"# {rule.meta.id}", "", summary, "", *_declared(rule), ""]
    for heading in HEADINGS:
        lines += [f"## {heading}", "", sections[heading], ""]
    return "\n".join([*lines, _origin(path)])


def _declared(rule: Any) -> Iterator[str]:
    for lang in LANGUAGES:
        yield f"- title ({lang}): {translate(lang)(f'rule.{rule.meta.id}.title')}"
    yield f"- version: {rule.meta.version}"
    yield f"- reads: {_inline(sorted(rule.meta.needs))}"
    yield f"- looks at: {_inline(rule.meta.stages)}"
    for name, field in rule.Params.model_fields.items():
        default = (
            "required"
            if field.is_required()
            else f"default: {_inline(field.get_default(call_default_factory=True))}"
        )
        yield f"- parameter `{name}` ({default}){': ' if field.description else ''}{field.description or ''}"


def docstring_sections(path: Path) -> tuple[str, dict[str, str]]:
    """Return the summary and the text under each heading of a file's docstring.

    A heading stands on a line of its own, or starts one and ends with a colon.
    """
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    names = "|".join(HEADINGS)
    parts = re.split(rf"^({names})(?::[ \t]*|[ \t]*$)", docstring, flags=re.MULTILINE)
    texts = [_flush_left(part) for part in parts]
    return texts[0], dict(zip(texts[1::2], texts[2::2], strict=True))


def _flush_left(text: str) -> str:
    return "\n".join(line.strip() for line in re.sub(r"\A\s*[-=~]{3,}\n", "", text).strip().splitlines())


# ── obligations ─────────────────────────────────────────────────────────────────────────────────────


def obligations() -> dict[str, dict[str, dict[str, Any]]]:
    """Return every obligation by id: what each pack, by its id, says of it."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for path in pack_files():
        pack = _toml(path)
        for row in pack["obligations"]:
            found.setdefault(row["id"], {})[pack["id"]] = row
    return found


def obligation_page(name: str, rows: dict[str, dict[str, Any]]) -> str:
    """Return the page of one obligation: its title, then its article, stages and rules in each pack."""
    lines = [f"# {name}", ""]
    lines += [f"- title ({lang}): {translate(lang)(f'obligation.{name}.title')}" for lang in LANGUAGES]
    for pack, row in rows.items():
        rules = ", ".join(f"[{rule}](../rules/{rule}.md)" for rule in row["rules"])
        lines += ["", f"## [{pack}](../packs/{pack}.md)", "", f"- rules: {rules}"]
        lines += [f"- {key}: {_inline(value)}" for key, value in row.items() if key not in ("id", "rules")]
    return "\n".join([*lines, "", "*Generated from the policy packs in `crawler/policies/`.*", ""])


# ── command line ────────────────────────────────────────────────────────────────────────────────────


def cli_page() -> str:
    """Return the help of every command, as the terminal shows it."""
    lines = ["# Command line", ""]
    for name, command, context in commands(command_line, "pantau"):
        lines += [f"## {name}", "", "```text", command.get_help(context).rstrip(), "```", ""]
    return "\n".join([*lines, "*Generated from the command line's own help.*", ""])


def commands(
    command: click.Command, name: str, parent: click.Context | None = None
) -> Iterator[tuple[str, click.Command, click.Context]]:
    """Return a command and all below it, with their full names."""
    context = command.make_context(
        name.rsplit(maxsplit=1)[-1],
        [],
        parent,
        resilient_parsing=True,
        terminal_width=HELP_WIDTH,
        max_content_width=HELP_WIDTH,
    )
    yield name, command, context
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            below = command.get_command(context, child)
            if below is not None and not below.hidden:
                yield from commands(below, f"{name} {child}", context)


# ── policy packs ────────────────────────────────────────────────────────────────────────────────────


def pack_files() -> list[Path]:
    """Return the packs: the TOML files that list obligations."""
    return sorted(path for path in PACKS.glob("*.toml") if "obligations" in _toml(path))


def pack_page(path: Path) -> str:
    """Return the page of one pack: what it says of itself, then a table or list for each of its parts."""
    pack = _toml(path)
    lines = [f"# {pack.get('id', path.stem)}", ""]
    lines += [
        f"- {name.replace('_', ' ')}: {_inline(value)}" for name, value in pack.items() if not _is_part(value)
    ]
    for name, value in pack.items():
        if _is_part(value):
            lines += ["", f"## {name.replace('_', ' ').capitalize()}", "", *_part(value)]
    return "\n".join([*lines, "", _origin(path)])


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _is_part(value: object) -> bool:
    """Tell a part with rows of its own from a plain fact; a title in two languages is a fact."""
    if isinstance(value, dict):
        return any(isinstance(row, dict | list) for row in value.values())
    return isinstance(value, list) and any(isinstance(row, dict) for row in value)


def _part(value: dict[str, Any] | list[Any]) -> list[str]:
    if isinstance(value, list):
        return _table([row if isinstance(row, dict) else {"": row} for row in value])
    lines = []
    for name, row in value.items():
        lines += [f"### {name}", "", *_part(row), ""] if _is_part(row) else [f"- {name}: {_inline(row)}"]
    return lines


def _table(rows: list[dict[str, Any]]) -> list[str]:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return [
        _row([column.replace("_", " ") for column in columns]),
        _row(["---"] * len(columns)),
        *(_row([_inline(row.get(column, "")) for column in columns]) for row in rows),
    ]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_inline(entry)}" for name, entry in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        entries = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return ", ".join(_inline(entry) for entry in entries)
    return " ".join(str(value).split()).replace("*", r"\*").replace("<", "&lt;")


# ── schemas and index ───────────────────────────────────────────────────────────────────────────────


def schema_page(name: str) -> str:
    """Return the JSON Schema of one kind of stored or printed record."""
    what, kind = SCHEMAS[name]
    schema = TypeAdapter(kind).json_schema(mode="serialization")
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": f"{what}; schema version {evidence.SCHEMA_VERSION}",
    }
    return json.dumps({**head, **schema}, indent=2, ensure_ascii=False) + "\n"


def index_page(pages: dict[str, str]) -> str:
    """Return the list of all pages, written and generated."""
    written = {str(path.relative_to(DOCS)): path.read_text(encoding="utf-8") for path in DOCS.rglob("*.md")}
    texts = {**{path: text for path, text in written.items() if path not in _generated_files()}, **pages}
    lines = ["# Documentation", ""]
    for title, folder in (
        ("Guides", ""),
        ("Obligations", "obligations"),
        ("Rules", "rules"),
        ("Policy packs", "packs"),
        ("Decisions", "decisions"),
    ):
        inside = sorted(
            path for path in texts if path.endswith(".md") and str(Path(path).parent) == (folder or ".")
        )
        if inside:
            lines += [f"## {title}", "", *(f"- [{_title(texts[path])}]({path})" for path in inside), ""]
    lines += [
        "## Schemas",
        "",
        *(f"- [{name}](schema/{name}.json): {what}" for name, (what, _) in SCHEMAS.items()),
    ]
    return "\n".join([*lines, ""])


def _title(text: str) -> str:
    return next(
        (line.removeprefix("# ").strip() for line in text.splitlines() if line.startswith("# ")), "untitled"
    )


def _origin(path: Path) -> str:
    return f"*Generated from `{path.relative_to(ROOT)}`.*\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
