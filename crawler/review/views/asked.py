"""The filters of the queue as they stand in an address: read, and written again."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal, get_args
from urllib.parse import urlencode

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from crawler.model.decision import STATES, UNSETTLED, State
from crawler.model.queue import Outcome, QueueFilter
from crawler.model.scenario import Stage

if TYPE_CHECKING:
    from collections.abc import Mapping


Severity = Literal["low", "medium", "high"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)


def _given(value: object) -> object:
    """An empty field of a form is no filter."""
    return None if value == "" else value


Word = Annotated[Annotated[str, Field(max_length=200)] | None, BeforeValidator(_given)]


class AskedQueue(BaseModel):
    """The filters of the queue, by the names that they have in an address; None where one is not set.

    `state` is a state, `all`, or nothing for what is not settled yet.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    target: Word = None
    rule: Word = None
    stage: Annotated[Stage | None, BeforeValidator(_given)] = None
    severity: Annotated[Severity | None, BeforeValidator(_given)] = None
    outcome: Annotated[Outcome | None, BeforeValidator(_given)] = None
    age: Annotated[Annotated[int, Field(ge=0, le=10_000)] | None, BeforeValidator(_given)] = None
    night: Annotated[date | None, BeforeValidator(_given)] = None
    run: Word = None
    reviewer: Word = None
    state: Annotated[State | Literal["all"] | None, BeforeValidator(_given)] = None

    def wanted_by(self, viewer: str) -> QueueFilter:
        """Return what the index is asked for.

        What is not settled, and waits for another person than the viewer, is not asked of them again; it is
        there when they ask for its state.
        """
        if self.state:
            return self.wanted
        return self.wanted.model_copy(update={"except_waiting_for_other": viewer})

    @property
    def wanted(self) -> QueueFilter:
        """What the filters say, whoever looks."""
        return QueueFilter(
            target=self.target,
            rule=self.rule,
            stage=self.stage,
            severity=self.severity,
            outcome=self.outcome,
            older_days=self.age,
            night=self.night,
            run=self.run,
            reviewer=self.reviewer,
            states=STATES if self.state == "all" else (self.state,) if self.state else UNSETTLED,
        )

    def address(self, path: str, **more: str) -> str:
        """Return an address with these filters and what else is named."""
        return f"{path}?{urlencode({**self.set_filters(), **more})}".rstrip("?")

    def set_filters(self) -> Mapping[str, str]:
        """Return the filters that are set, as they stand in an address."""
        return {name: str(value) for name, value in self.model_dump(mode="json", exclude_none=True).items()}


OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
