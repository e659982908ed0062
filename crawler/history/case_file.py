"""What a case is made of: its runs, what stands open in them, and the notices that speak of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.model.case import Case
    from crawler.model.notice import Standing


def runs_of_case(case: Case, named: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the runs of a case, oldest first.

    Args:
        case: The case.
        named: Runs whose own record names its number.
    """
    there = {*named, *case.added} - set(case.removed)
    return tuple(sorted(there, key=lambda name: (name.rpartition("/")[2], name)))


class CaseNotice(NamedTuple):
    """A notice that speaks of runs of a case, and how it stands."""

    standing: Standing
    runs: tuple[str, ...]


def notices_of_case(runs: Iterable[str], standings: Iterable[Standing]) -> tuple[CaseNotice, ...]:
    """Return the notices that speak of any of the runs: given for one, or seen again in one."""
    known = set(runs)
    found = []
    for standing in standings:
        sides = standing.last.sides if standing.last else ()
        named = [each.bundle for each in standing.notice.before]
        named += [name for side in sides for name in (side.before, side.after) if name]
        theirs = tuple(dict.fromkeys(name for name in named if name in known))
        if theirs:
            found.append(CaseNotice(standing, theirs))
    return tuple(found)
