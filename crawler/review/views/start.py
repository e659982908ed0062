"""What may be started, as its page offers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crawler.fleet.starting import Starter


@dataclass(frozen=True)
class TargetChoice:
    """One target: its id, where it begins, its devices; why it cannot be started, where it cannot."""

    id: str
    address: str
    devices: tuple[str, ...]
    why_not: str = ""
    params: dict[str, Any] | None = None


def target_choices(starter: Starter) -> tuple[TargetChoice, ...]:
    """Return the targets, also those that cannot be started, which say why."""
    found = []
    for target in starter.targets:
        reason = starter.hindrance(target)
        found.append(
            TargetChoice(
                id=target.id,
                address=target.start_url or "",
                devices=target.devices,
                why_not=reason.message_id if reason else "",
                params=reason.params if reason else None,
            )
        )
    return tuple(found)
