"""Holds what was found against what is there."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Box = tuple[float, float, float, float]


class Found(NamedTuple):
    """A hit of any reader: text or logo, its box in CSS px, and what was read."""

    kind: str
    box: Box
    said: str


@dataclass
class Score:
    """Counts of one reader over a split, and every miss and false alarm with its page."""

    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    there: Counter[tuple[str, str]] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    categories: Counter[tuple[str, bool]] = field(default_factory=Counter)
    misses: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    alarms: list[tuple[int, Found]] = field(default_factory=list)

    def add(self, page: dict[str, Any], found: list[Found]) -> None:
        """Count one page. A hit is right if it touches a label of its kind."""
        used: set[int] = set()
        for label in page["labels"]:
            kind = label["kind"]
            if kind not in ("text", "logo"):
                continue
            touching = {
                at for at, hit in enumerate(found) if hit.kind == kind and meet(hit.box, label["box"])
            }
            used |= touching
            for tier in ("all", "core") if label["core"] else ("all",):
                self.there[kind, tier] += 1
                self.seen[kind, tier] += bool(touching)
            self.categories[label["cat"], bool(touching)] += 1
            if not touching:
                self.misses.append((page["visit"], label))
        for at, hit in enumerate(found):
            (self.right if at in used else self.wrong)[hit.kind] += 1
            if at not in used:
                self.alarms.append((page["visit"], hit))

    def recall(self, kind: str, tier: str = "all") -> float:
        """Return the share of what is there that was found."""
        return self.seen[kind, tier] / max(1, self.there[kind, tier])

    def precision(self, kind: str) -> float:
        """Return the share of hits that are right."""
        hits = self.right[kind] + self.wrong[kind]
        return self.right[kind] / hits if hits else 1.0


def meet(one: Box | list[float], other: Box | list[float]) -> bool:
    """Say whether two boxes share any area."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    return across > 0 and min(one[1] + one[3], other[1] + other[3]) > max(one[1], other[1])


def share(one: Box | list[float], other: Box | list[float]) -> float:
    """Return which part of what two boxes cover together they have in common."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    common = max(0.0, across) * max(0.0, down)
    return common / (one[2] * one[3] + other[2] * other[3] - common)
