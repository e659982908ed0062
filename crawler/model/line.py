"""What comes out of a run in one line: the record that `--json` prints."""

from __future__ import annotations

from crawler.model.evidence import Record
from crawler.model.finding import Index, Verdict
from crawler.model.scenario import Stage


class RunOutcome(Record):
    """One run or one re-judged bundle. `findings` counts open ones by outcome; `report` is a path.

    `not_confirmed` are stages that were reached and whose pages do not bear the marks of their stage.

    `refused` counts what the guard kept back, `changes` the requests that changed state and went out once a
    cart was near, `orders_sent` those that its rules for orders fit; None where that is not on record.
    """

    bundle: str
    run_id: str
    status: str
    ended_by: str
    detail: str
    policy: str
    as_of: str
    simulated: bool
    verdict: Verdict
    index: Index
    obligations: dict[str, Verdict]
    findings: dict[str, int]
    excused: int
    reached: tuple[Stage, ...]
    not_reached: tuple[Stage, ...]
    not_confirmed: tuple[Stage, ...] = ()
    report: str | None
    exit_code: int
    refused: int | None = None
    changes: int | None = None
    orders_sent: int | None = None
