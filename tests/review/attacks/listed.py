"""The attacks on the desk: each is listed with its area and what is tried, and returns how it was refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PASSWORD = "kuda laut biru muda"
LEAKS = (b"root:x:0", b"SQLite format 3", b"Traceback")
ATTACKS: list[Any] = []


@dataclass
class World:
    """A desk, its app, and how one speaks to it."""

    desk: Any
    app: Any
    visit: Callable[..., Any]
    with_desk: Callable[..., Any]
    folder: Path

    def over(self, **entrance: Any) -> Any:
        """Return an app whose entrance is another."""
        return self.with_desk(entrance=replace(self.desk.entrance, **entrance))


def attack(area: str, what: str) -> Callable[[Any], Any]:
    """List a function as an attack; it returns how it was refused."""

    def listed(function: Any) -> Any:
        ATTACKS.append(pytest.param(area, what, function, id=f"{area}-{what}".replace(" ", "-")))
        return function

    return listed


def refused(answer: Any, *statuses: int) -> str:
    assert answer.status_code in statuses, (answer.status_code, answer.text[:300])
    assert not any(leak in answer.content for leak in LEAKS)
    return str(answer.status_code)
