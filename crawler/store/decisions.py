"""Keeps what reviewers decided of a run: `review/decisions.jsonl` beside its seal, append-only, hash-chained.

Nothing under the seal and no finding is changed by it. A decision is on the disk before it is acknowledged.
Who decides says the number of the last line that they had seen about the same; if there is a newer one, they
are told, and nothing is written. Sending the same decision twice writes it once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from crawler.errors import DecisionConflict, DecisionRefused, JournalBroken, JournalUnwritable
from crawler.model.decision import DECISION, DecisionLine, FindingDecision, SignOff, Undo, dismiss_reasons
from crawler.store import layout
from crawler.store.journal import Journal, facts

if TYPE_CHECKING:
    from pathlib import Path

_JSON: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


class DecisionBook:
    """Reads and appends the decisions of one run folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._journal = Journal(root / layout.REVIEW / layout.DECISIONS)

    @property
    def path(self) -> Path:
        """The file."""
        return self._journal.path

    def lines(self) -> tuple[DecisionLine, ...]:
        """Return all lines in order; none where nobody decided anything.

        Raises:
            JournalBroken: somebody changed the file, or it holds what no Pantau writes.
            JournalUnwritable: it cannot be read, or `review/` is a link.
        """
        if self.path.parent.is_symlink():
            raise JournalUnwritable(
                f"{self.path.parent} is a link.",
                hint="Put a plain folder in its place; links are not followed.",
            )
        return tuple(self._line(entry) for entry in self._journal.entries())

    def decide(self, decision: FindingDecision | Undo | SignOff, after: int) -> DecisionLine:
        """Append a decision, synced to disk, and return its line.

        Args:
            decision: What was decided.
            after: The number of the last line here about the same finding, or of the last sign-off under the
                same policy, that the reviewer had seen; 0 for none.

        Raises:
            DecisionConflict: there is a later line about the same; nothing is written.
            DecisionRefused: the decision contradicts itself or the file; nothing is written.
            JournalBroken: as for `lines`; nothing is appended.
            JournalUnwritable: the disk does not take it.
        """
        _check(decision)
        if not (self.root / layout.PAYLOAD).is_dir():
            raise DecisionRefused(f"{self.root} is no run folder: nothing can be decided there.")
        self.lines()  # a link is refused before anything is made behind it
        with self._journal.turn() as append:
            lines = self.lines()
            known = next((line for line in lines if line.decision.key == decision.key), None)
            if known:
                return self._same(known, decision)
            last = latest(lines, decision)
            if (last.seq if last else 0) != after:
                raise _conflict(last)
            if isinstance(decision, Undo):
                _check_undo(decision, lines)
            return self._line(append(decision.model_dump(mode="json")))

    def _same(self, known: DecisionLine, decision: FindingDecision | Undo | SignOff) -> DecisionLine:
        if known.decision != decision:
            raise DecisionRefused(
                f"{self.path} has another decision with the key {decision.key} at line {known.seq}.",
                hint="Load the page again and decide once more.",
            )
        return known

    def _line(self, entry: dict[str, Any]) -> DecisionLine:
        try:
            decision = DECISION.validate_json(_JSON.dump_json(facts(entry)))
            return DecisionLine(seq=entry["seq"], time=entry["time"], decision=decision)
        except (ValidationError, KeyError) as error:
            raise JournalBroken(
                f"{self.path}: line {entry['seq']} is no decision.",
                hint="It was written by a newer Pantau, or by hand.",
            ) from error


def latest(
    lines: tuple[DecisionLine, ...], decision: FindingDecision | Undo | SignOff
) -> DecisionLine | None:
    """Return the last line about the same finding, or the last sign-off under the same policy."""
    same = [line for line in lines if _subject(line.decision) == _subject(decision)]
    return same[-1] if same else None


def _subject(decision: FindingDecision | Undo | SignOff) -> tuple[str, str]:
    if isinstance(decision, SignOff):
        return ("sign-off", decision.policy)
    return (decision.target, decision.fingerprint)


def _check(decision: FindingDecision | Undo | SignOff) -> None:
    """Raise if a dismissal has no known reason, or anything else has one."""
    if not isinstance(decision, FindingDecision):
        return
    if decision.action == "dismiss" and decision.reason not in dismiss_reasons():
        raise DecisionRefused(
            f"A dismissal needs a reason, and {decision.reason!r} is none.",
            hint=f"Reasons: {', '.join(dismiss_reasons())}.",
        )
    if decision.action != "dismiss" and (decision.reason or decision.exception):
        raise DecisionRefused("Only a dismissal has a reason or an exception.")


def _check_undo(undo: Undo, lines: tuple[DecisionLine, ...]) -> None:
    undone = next((line.decision for line in lines if line.decision.key == undo.undoes), None)
    if not isinstance(undone, FindingDecision) or _subject(undone) != _subject(undo):
        raise DecisionRefused("There is no such decision to take back in this run.")
    if undone.by != undo.by:
        raise DecisionRefused(
            f"This is the decision of {undone.by}: nobody else can take it back.",
            hint="Decide otherwise, or ask for a second look.",
        )


def _conflict(last: DecisionLine | None) -> DecisionConflict:
    if last is None:
        return DecisionConflict(
            "The decision that was shown is not in the file any more.", hint="Load the page again."
        )
    did = getattr(last.decision, "action", last.decision.kind)
    return DecisionConflict(
        f"{last.decision.by} decided about the same meanwhile ({did}, {last.time}); yours was not written.",
        hint="Look at their decision, then decide again.",
    )
