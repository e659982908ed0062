"""What is known of a run from outside while its journey is walked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Event = dict[str, Any]


@dataclass
class Walk:
    """What the supervisor knows of the child while it walks."""

    run_id: str
    started: str
    ended_by: str = "driver died"
    detail: str = ""
    events: list[Event] = field(default_factory=list)

    def last(self, name: str) -> Event | None:
        """Return the last event of a name."""
        return next((event for event in reversed(self.events) if event["event"] == name), None)
