"""The custody log as its page shows it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.errors import JournalBroken

if TYPE_CHECKING:
    from crawler.store.custody import Custody

SHOWN = 200


@dataclass(frozen=True)
class CustodyLine:
    """One line: when, who, what, about what, from where."""

    time: str
    who: str
    action: str
    about: str
    address: str


@dataclass(frozen=True)
class CustodyView:
    """The last lines, newest first; how many there are; what is wrong with the chain, None if nothing."""

    lines: tuple[CustodyLine, ...]
    total: int
    broken: str | None


def custody_view(custody: Custody) -> CustodyView:
    """Follow the whole chain and return its end; where it is broken, what stands before the break."""
    last: deque[CustodyLine] = deque(maxlen=SHOWN)
    total, broken = 0, None
    try:
        for entry in custody.entries():
            total += 1
            facts = [str(entry.get(name, "")) for name in ("time", "who", "action", "about", "address")]
            last.append(CustodyLine(*facts))
    except JournalBroken as error:
        broken = error.message
    return CustodyView(tuple(reversed(last)), total, broken)
