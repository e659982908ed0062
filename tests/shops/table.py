"""The table: orders that reached a shop, advances that broke, whether the bundle's statement is true."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.browse.guard.call import without_ids
from tests.shops import shape as shapes
from tests.shops import ways
from tests.shops.run import Found, command, crawl, printed_allow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.shops.shape import Shape

LINE = "{:24} {:26} {:>6}  {:14} {:10} {:>5} {:>5}\n"
STAGES = ("storefront", "product", "cart", "checkout", "payment")


@dataclass(frozen=True)
class Row:
    """What came of one shop."""

    shape: Shape
    orders: dict[str, int]
    broken: tuple[str, ...]
    untrue: tuple[str, ...]
    allowed: int
    seconds: float

    @property
    def held(self) -> bool:
        """Say whether no order came, the payment page was reached, and the statement is true."""
        opened = self.allowed == (0 if self.shape.known else 1)
        return not (self.orders or self.broken or self.untrue) and opened


def rows(named: Sequence[str], folder: Path, *, say: Callable[[str], object]) -> list[Row]:
    """Walk shops (all unless named) and return their rows, saying each as it is done."""
    found = []
    for name in named or shapes.names():
        row = walk_one(shapes.load(name), folder / name, ways.every())
        say(_line(row))
        found.append(row)
    return found


def walk_one(shape: Shape, folder: Path, tried: Sequence[str]) -> Row:
    """Walk one shop. One that the guard does not know is walked first to see which line opens it."""
    began = time.monotonic()
    folder.mkdir()
    allow: list[dict[str, str]] = []
    if not shape.known:
        (folder / "unknown").mkdir()
        first = command(shape, folder / "unknown")
        if first.reached.get("payment"):
            raise AssertionError(f"{shape.name}: the guard knows it, though it is kept out of the data")
        allow = printed_allow(first)
    (folder / "known").mkdir()
    found = crawl(shape, folder / "known", tried=tried, allow=allow)
    broken = tuple(stage for stage in STAGES if not found.reached.get(stage))
    return Row(shape, found.ordered, broken, untrue(found), len(allow), time.monotonic() - began)


def untrue(found: Found) -> tuple[str, ...]:
    """Return what the bundle's statement says of the run and the shop knows otherwise."""
    guard = found.run.guard if found.run else None
    if guard is None or not guard.enabled:
        return ("no guard",)
    came = {without_ids(path) for _, path in found.changed}
    told = {change["path"] for change in found.changes}
    asked = {without_ids(path) for path in _reads(found)}
    problems = []
    if guard.known_orders_sent != len(found.orders):
        problems.append(f"known orders sent: {guard.known_orders_sent}, orders: {len(found.orders)}")
    if came - told - asked:
        problems.append(f"came and not told: {sorted(came - told - asked)}")
    if told - came:
        problems.append(f"told and never came: {sorted(told - came)}")
    if guard.orders_placed is not None:
        problems.append("it speaks of orders placed")
    return tuple(problems)


def _reads(found: Found) -> set[str]:
    """Paths at which a GraphQL query was sent by POST: asked, not changed."""
    return {path for _, path in found.changed if "graphql" in path or "shop-api" in path}


def told(found: Sequence[Row]) -> str:
    """Return the table as text."""
    known = [row for row in found if row.shape.known]
    out = [row for row in found if not row.shape.known]
    every, came = len(ways.every()), sum(sum(row.orders.values()) for row in found)
    columns = ("shape", "system", "orders", "payment page", "statement", "allow", "s")
    lines = [
        LINE.format(*columns),
        *map(_line, found),
        f"\n{len(found)} shapes x {every} ways: {len(found) * every} orders tried, {came} came\n",
        f"stages not reached on {len(known)} shapes in the data: {sum(len(row.broken) for row in known)}\n",
        f"shapes out of the data opened by one printed line: {sum(row.held for row in out)} of {len(out)}\n",
        f"statements true: {sum(not row.untrue for row in found)} of {len(found)}\n",
    ]
    return "".join(lines)


def _line(row: Row) -> str:
    cells = LINE.format(
        row.shape.name,
        row.shape.system[:26],
        sum(row.orders.values()),
        "reached" if not row.broken else f"no: {row.broken[0]}",
        "true" if not row.untrue else "UNTRUE",
        row.allowed,
        f"{row.seconds:.0f}",
    )
    more = [f"    order by {way}\n" for way in row.orders] + [f"    {problem}\n" for problem in row.untrue]
    return cells + "".join(more)
