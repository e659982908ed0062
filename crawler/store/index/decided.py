"""Reads what reviewers decided of a run into the rows that the index keeps of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.model.decision import FindingDecision, SignOff, Undo
from crawler.store import layout
from crawler.store.decisions import DecisionBook
from crawler.store.index import rows

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.model.decision import DecisionLine

PLACE = f"{layout.REVIEW}/{layout.DECISIONS}"


def decision_rows(root: Path, bundle: str) -> list[rows.Row]:
    """Return the lines of a run's decisions; none where nobody decided.

    Raises:
        JournalBroken: somebody changed the file, or it holds what no Pantau writes.
        JournalUnwritable: it cannot be read.
    """
    return [_row(line, bundle) for line in DecisionBook(root).lines()]


def decision_files(root: Path) -> list[Path]:
    """Return the file of a run's decisions, if there is one; links are none."""
    path = root / layout.REVIEW / layout.DECISIONS
    return [path] if path.is_file() and not path.parent.is_symlink() else []


def _row(line: DecisionLine, bundle: str) -> rows.DecisionRow:
    said = line.decision
    return rows.DecisionRow(
        bundle=bundle,
        seq=line.seq,
        time=line.time,
        reviewer=said.by,
        key=said.key,
        kind=said.kind,
        action=said.action if isinstance(said, FindingDecision) else said.kind,
        policy=None if isinstance(said, Undo) else said.policy,
        target=None if isinstance(said, SignOff) else said.target,
        fingerprint=None if isinstance(said, SignOff) else said.fingerprint,
        seen=said.seen if isinstance(said, FindingDecision) else None,
        reason=said.reason if isinstance(said, FindingDecision) else None,
        undoes=said.undoes if isinstance(said, Undo) else None,
        note=said.note,
    )
