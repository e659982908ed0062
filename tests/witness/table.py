"""The table of mechanisms and witnesses: what arrived, who saw it, and at which stage it was put."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.witness.mechanisms import CONTACTS, MECHANISMS

if TYPE_CHECKING:
    from crawler.derive.network.ledger import Entry

WRITTEN = "Last written with"
PAGE = Path(__file__).parents[2] / "docs" / "witnesses.md"
HEAD = """# What sees what

*Written by `PANTAU_WRITE_DOCS=1 pytest tests/witness`; without it the tests fail if they see otherwise.*

A test site gives every mechanism a registrable domain of its own and logs what truly arrived, in a network
namespace with its own DNS server, so that nothing else can answer. The same site is walked twice: by Pantau,
and by a plain Playwright script that listens to `context.on("request")` and to websockets.
{version}

● seen · ○ not seen · ✗ reported though nothing reached the host · blank: nothing arrived in that walk. A
look-up alone is no contact, and *look-up* says that the ledger reports no more. A connection that was
refused is none either; one whose TLS failed is, and so is a datagram that left, whether or not something
came back.

*Events* are those that the request recorder gets from Playwright, *log* is Chromium's network log, *ledger*
is what Pantau makes of both. *Stage* counts the stages of the journey; *~* marks one that the ledger itself
calls ambiguous: the page was just being left for another one of the same site. *Either* is a race that the
browser runs with itself: in one walk something arrives, in the next nothing does, so its row has no marks and
it is in no sum; the ledger has to be right both ways. `python -m tests.witness` walks it as often as is
wanted, on both devices, also on a busy machine, and holds every export against what arrived.

| mechanism | arrived | events | log | ledger | stage | plain Playwright |
|---|---|:-:|:-:|:-:|:-:|:-:|
"""
FOOT = """
Of {arrived} hosts that were contacted, the ledger has {ledger}, the log alone {log}, the events alone
{events}; the ledger names {false} that were not. In its own walk the plain script saw {plain} of
{plain_arrived} contacted hosts, and reported {plain_false} that were not contacted.

Speculative loading is off in Pantau's walk, so a page that is to be loaded ahead is not asked for; in the
plain one it is fetched and not run. What the browser does for itself (updates, autofill) is labelled so in
the ledger.
"""


def page(found: dict[str, Any], entries: tuple[Entry, ...], plain: dict[str, Any], version: str) -> str:
    """Return the page of the documentation."""
    came = arrivals(found)
    came_plain = arrivals(plain)
    rows, counts = [], dict.fromkeys(("arrived", "ledger", "events", "log", "false"), 0)
    counts |= {"plain": 0, "plain_arrived": 0, "plain_false": 0}
    for mechanism in MECHANISMS:
        if mechanism.arrives == "any":
            rows.append(f"| {mechanism.title} | either | | | | | |\n")
            continue
        own = [entry for entry in entries if entry.host == mechanism.host]
        arrived = came.get(mechanism.host, "dns") in CONTACTS
        looked_up = came.get(mechanism.host) == "dns" and mechanism.arrives == "dns"
        events = any("playwright" in entry.seen_by for entry in own)
        log = any("netlog" in entry.seen_by for entry in own)
        ledger = any(entry.contacted for entry in own)
        look_up = looked_up and any(entry.state in ("looked-up", "failed") for entry in own)
        told = mechanism.host in plain["hosts"]
        counts["arrived"] += arrived
        for name, seen in (("events", events), ("log", log), ("ledger", ledger)):
            counts[name] += arrived and seen
        counts["false"] += ledger and not arrived
        plainly = came_plain.get(mechanism.host, "dns") in CONTACTS
        counts["plain_arrived"] += plainly
        counts["plain"] += told and plainly
        counts["plain_false"] += told and not plainly
        marks = [_mark(seen, arrived or looked_up) for seen in (events, log)]
        marks.append("look-up" if look_up and not ledger else _mark(ledger, arrived))
        cells = (
            mechanism.title,
            came.get(mechanism.host, "") if arrived or looked_up else "",
            *marks,
            _stage(own),
            _mark(told, plainly),
        )
        rows.append(f"| {' | '.join(cells)} |\n")
    return HEAD.format(version=f"{WRITTEN} {version}.") + "".join(rows) + FOOT.format(**counts)


def lasting(text: str) -> str:
    """Return a page without what a busy machine or another browser changes: version, and `~` of a stage."""
    return "\n".join(line for line in text.replace("~ |", " |").splitlines() if not line.startswith(WRITTEN))


def arrivals(found: dict[str, Any]) -> dict[str, str]:
    """Return what most telling thing arrived at each host: a request before a connection before a look-up."""
    ranks = ("http", "ws", "quic", "stun", "udp", "tls", "tcp", "dns")
    best: dict[str, str] = {}
    for kind, host, _ in sorted(found["arrived"], key=lambda row: ranks.index(row[0])):
        best.setdefault(host, kind)
    return best


def _mark(seen: bool, arrived: bool) -> str:
    if not arrived:
        return "✗" if seen else ""
    return "●" if seen else "○"


def _stage(own: list[Entry]) -> str:
    told = (entry for entry in own if entry.contacted or entry.state in ("looked-up", "failed"))
    return next((f"{entry.visit}{'~' if entry.ambiguous else ''}" for entry in told), "")
