"""The table of mechanisms and witnesses: what arrived, who saw it, and at which stage it was put."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.witness.mechanisms import MECHANISMS

if TYPE_CHECKING:
    from crawler.derive.ledger import Entry

WRITTEN = "Last written with"
PAGE = Path(__file__).parents[2] / "docs" / "witnesses.md"
HEAD = """# What sees what

*Written by `PANTAU_WRITE_DOCS=1 pytest tests/witness`; without it the tests fail if they see otherwise.*

A test site gives every mechanism a registrable domain of its own and logs what truly arrived, in a network
namespace with its own DNS server, so that nothing else can answer. The same site is walked twice: by Pantau,
and by a plain Playwright script that listens to `context.on("request")` and to websockets.
{version}

● seen · ○ not seen · ✗ told of though it never left · blank: did not arrive in that walk. *Events* are those
that the request recorder gets from Playwright, *log* is Chromium's network log, *ledger* is what Pantau makes
of both. *Stage* counts the stages of the journey; *~* marks one that the ledger itself calls ambiguous: the
page was just being left for another one of the same site.

| mechanism | arrived | events | log | ledger | stage | plain Playwright |
|---|---|:-:|:-:|:-:|:-:|:-:|
"""
FOOT = """
Of {arrived} hosts that were contacted, the ledger has {ledger}, the log alone {log}, the events alone
{events}; the ledger names {false} that were not. In its own walk the plain script saw {plain} of
{plain_arrived} contacted hosts, and told of {plain_false} that were not contacted.

A browser that a driver holds fetches a page it is told to prerender and does not run it, so the image on that
page is never asked for. What the browser does for itself (updates, autofill) is labelled so in the ledger.
"""


def page(found: dict[str, Any], entries: tuple[Entry, ...], plain: dict[str, Any], version: str) -> str:
    """Return the page of the documentation."""
    came = arrivals(found)
    came_plain = arrivals(plain)
    rows, counts = [], dict.fromkeys(("arrived", "ledger", "events", "log", "false"), 0)
    counts |= {"plain": 0, "plain_arrived": 0, "plain_false": 0}
    for mechanism in MECHANISMS:
        own = [entry for entry in entries if entry.host == mechanism.host]
        arrived = mechanism.host in came
        events = any("playwright" in entry.seen_by for entry in own)
        log = any("netlog" in entry.seen_by for entry in own)
        ledger = any(entry.contacted or entry.state == "looked-up" for entry in own)
        told = mechanism.host in plain["hosts"]
        counts["arrived"] += arrived
        for name, seen in (("events", events), ("log", log), ("ledger", ledger)):
            counts[name] += arrived and seen
        counts["false"] += ledger and not arrived
        counts["plain_arrived"] += mechanism.host in came_plain
        counts["plain"] += told and mechanism.host in came_plain
        counts["plain_false"] += told and mechanism.host not in came_plain
        marks = [_mark(seen, arrived) for seen in (events, log, ledger)]
        cells = (
            mechanism.title,
            came.get(mechanism.host, ""),
            *marks,
            _stage(own),
            _mark(told, mechanism.host in came_plain),
        )
        rows.append(f"| {' | '.join(cells)} |\n")
    return HEAD.format(version=f"{WRITTEN} {version}.") + "".join(rows) + FOOT.format(**counts)


def lasting(text: str) -> str:
    """Return a page without the line that names the browser it was written with."""
    return "\n".join(line for line in text.splitlines() if not line.startswith(WRITTEN))


def arrivals(found: dict[str, Any]) -> dict[str, str]:
    """Return what most telling thing arrived at each host: a request before a connection before a look-up."""
    ranks = ("http", "ws", "stun", "tls", "dns")
    best: dict[str, str] = {}
    for kind, host, _ in sorted(found["arrived"], key=lambda row: ranks.index(row[0])):
        best.setdefault(host, kind)
    return best


def _mark(seen: bool, arrived: bool) -> str:
    if not arrived:
        return "✗" if seen else ""
    return "●" if seen else "○"


def _stage(own: list[Entry]) -> str:
    told = (entry for entry in own if entry.contacted or entry.state == "looked-up")
    return next((f"{entry.visit}{'~' if entry.ambiguous else ''}" for entry in told), "")
