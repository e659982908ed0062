"""The canary: before its targets a night walks the reference shop, whose findings are known."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from crawler.demo.expectation import false_alarms, missed, planted_places
from crawler.demo.shop import ReferenceShop
from crawler.demo.states import load_state
from crawler.fleet.config import CANARY, SHIPPED_SCENARIOS
from crawler.fleet.jobs import work_job
from crawler.model.night import ATTEMPTS, CanaryResult, Job, JobOrder
from crawler.model.target import Pace, Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.demo.states import State
    from crawler.fleet.config import Setup
    from crawler.fleet.jobs import Walk
    from crawler.fleet.judged_bundles import JudgedBundles
    from crawler.model.night import JobOutcome, NightPlan

DEVICE = "desktop"
DWELL_S = 2.0  # what the state plants stands in its pages, and needs no waiting for late requests
NOWHERE = "*=~NOTFOUND"


def walk_canary(
    setup: Setup,
    plan: NightPlan,
    not_after: str,
    bundles: JudgedBundles,
    *,
    stopped: Callable[[], bool],
    walk: Walk,
) -> CanaryResult:
    """Walk the reference shop on this machine and compare what came out with what is planted in it.

    What failed as a walk is tried once more; what was missed is not.

    Raises:
        ConfigError: there is no such state.
    """
    state = load_state(setup.config.night.canary)
    outcome: JobOutcome | None = None
    with (
        TemporaryDirectory(prefix="pantau-shop-") as folder,
        ReferenceShop(state, work_dir=Path(folder)) as shop,
    ):
        target = _target(state, shop)
        for attempt in range(1, ATTEMPTS + 1):
            job = Job(target=CANARY, device=DEVICE, attempt=attempt)
            order = JobOrder(night=plan.date, job=job, target=target, not_after=not_after)
            outcome = work_job(setup, order, worker=CANARY, stopped=stopped, walk=walk)
            if outcome is None or not outcome.failed or stopped():
                break
    return _result(state, outcome, bundles)


def _target(state: State, shop: ReferenceShop) -> Target:
    return Target.model_validate(
        {
            "id": CANARY,
            "scenario": str(SHIPPED_SCENARIOS / f"{state.scenario}.py"),
            "devices": [DEVICE],
            "pace": Pace(every_s=0),
            "dwell_s": DWELL_S,
            "as_of": state.as_of,
            "invoice_url": shop.invoice_url,
            "resolve": [*shop.resolve, NOWHERE],
            "trust_ca": str(shop.trust_ca),
        }
    )


def _result(state: State, outcome: JobOutcome | None, bundles: JudgedBundles) -> CanaryResult:
    judged = bundles.load(outcome.bundle) if outcome and outcome.bundle else None
    if outcome is None or judged is None:
        said = outcome.error if outcome else "it was not started"
        return CanaryResult(state=state.id, expected=0, error=said or "it left no bundle", outcome=outcome)
    return CanaryResult(
        state=state.id,
        expected=planted_places(state, judged.judgement),
        missed=missed(state, judged.judgement),
        false_alarms=false_alarms(state, judged.judgement),
        bundle=outcome.bundle,
        outcome=outcome,
    )
