"""The custody log: what everybody did at the desk, one line each, hash-chained and only ever appended to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crawler.store.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path

CUSTODY = "custody.jsonl"


class Custody:
    """Appends to and reads one custody log."""

    def __init__(self, folder: Path) -> None:
        self._journal = Journal(folder / CUSTODY)

    @property
    def path(self) -> Path:
        """The file of the log."""
        return self._journal.path

    def note(self, who: str, action: str, about: str = "", **facts: Any) -> None:
        """Append that somebody did something.

        Args:
            who: The person's name; empty where nobody had come in.
            action: What was done, such as `log-in` or `decision.confirm`.
            about: What it was done to, such as the name of a run.
            facts: What more there is to say; JSON values.

        Raises:
            JournalBroken: somebody changed the log; nothing is appended to it.
            JournalUnwritable: the disk does not take it. What was to be done must not be done then.
        """
        self._journal.append({"who": who, "action": action, "about": about, **facts})

    def entries(self) -> tuple[dict[str, Any], ...]:
        """Return all lines, the whole chain followed.

        Raises:
            JournalBroken: somebody changed the log; the message names the line.
            JournalUnwritable: it cannot be read.
        """
        return self._journal.entries()
