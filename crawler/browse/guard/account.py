"""What the guard kept back and what it let through, as records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crawler.browse.guard.call import without_ids
from crawler.browse.guard.gate import allow_line
from crawler.browse.guard.paused import bare
from crawler.lib.clock import stamp
from crawler.model.evidence import UNKNOWN_RULES, Change, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.browse.guard.call import Call
    from crawler.browse.guard.gate import Decision
    from crawler.browse.guard.orders import Verdict
    from crawler.model.scenario import Stage

__all__ = ["Account"]

TOLD_EACH = 20  # how often one kind of unknown request is told of


class Account:
    """Makes the records of a run's guard.

    Args:
        where: Returns the ordinal and kind of the visit under way.
        on_refusal: Called with every refusal.
        on_change: Called with every request that changes state and goes out.

    Attributes:
        refusals: What was refused and told; one kind of unknown request a few times only.
        awaited: How many refusals there were that a page or a scenario could wait for in vain.
    """

    def __init__(
        self,
        where: Callable[[], tuple[int, Stage | None]],
        *,
        on_refusal: Callable[[Refusal], None],
        on_change: Callable[[Change], None],
    ) -> None:
        self.refusals: list[Refusal] = []
        self.awaited = 0
        self._where, self._on_refusal, self._on_change = where, on_refusal, on_change
        self._told: dict[str, int] = {}

    def note_change(self, call: Call, decision: Decision, *, phase: bool) -> None:
        """Note a request, or a message over a WebSocket, that changes state and goes out.

        Args:
            call: The request.
            decision: Why it leaves; not because it only reads.
            phase: The guard fails closed by now.
        """
        assert decision.why != "reads"
        visit, _ = self._where()
        self._on_change(
            Change(
                time=stamp(),
                visit=visit,
                method=call.effective,
                host=call.host,
                path=without_ids(call.parts.path or "/"),
                operation=call.operation,
                phase=phase,
                why=decision.why,
                said=decision.said,
            )
        )

    def note_refusal(
        self, call: Call | None, verdict: Verdict, *, awaited: bool = True, **facts: Any
    ) -> None:
        """Note what was kept back; one kind of unknown request again and again is told a few times only.

        Args:
            call: The request, or None where it could not be taken apart.
            verdict: The rule and what fits it.
            awaited: Somebody gets an answer to such a request.
            facts: What else `Refusal` says of a request.
        """
        self.awaited += awaited
        unknown = verdict.rule in UNKNOWN_RULES
        line = allow_line(call) if unknown and call is not None else ""
        self._told[line] = self._told.get(line, 0) + 1
        if unknown and self._told[line] > TOLD_EACH:
            return
        visit, _ = self._where()
        operation = call.operation if call else ""
        told = {"rule": verdict.rule, "word": verdict.word, "fields": verdict.fields}
        self._add(
            Refusal(
                time=stamp(), visit=visit, what="request", operation=operation, allow=line, **told, **facts
            )
        )

    def note_control(self, told: dict[str, Any], *, page_url: str) -> None:
        """Note a click or submit that was stopped in a page, as the script there tells of it."""
        self.awaited += 1
        visit, _ = self._where()
        self._add(
            Refusal(
                time=stamp(),
                visit=visit,
                what=told["what"],
                page_url=page_url,
                control=told["control"],
                word=told["word"],
                rule="commit-word",
                url=bare(told["url"]),
            )
        )

    def _add(self, refusal: Refusal) -> None:
        self.refusals.append(refusal)
        self._on_refusal(refusal)
