"""A judged run as comparisons ask it: visits by their place in the journey, and who stands behind hosts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from crawler.checks.readers import Readers
from crawler.derive.operators import businesses
from crawler.model.comparison import RunSide

if TYPE_CHECKING:
    from crawler.derive.operators.businesses import BusinessId
    from crawler.model.evidence import Visit
    from crawler.model.finding import Judgement, RuleResult
    from crawler.model.policy import Brands
    from crawler.model.scenario import Stage
    from crawler.store.bundle import Bundle


class Place(NamedTuple):
    """A place in a journey: the kind of stage, and the how-manieth of its kind, from 1."""

    stage: Stage
    nth: int


@dataclass(frozen=True)
class Judged:
    """A sealed bundle and what the rules say of it."""

    bundle: Bundle
    judgement: Judgement
    brands: Brands

    @cached_property
    def readers(self) -> Readers:
        """What was derived from the bundle, on the day that it is judged by."""
        return Readers(self.bundle, self.on)

    @property
    def on(self) -> date:
        """The day whose names and rows hold."""
        return date.fromisoformat(self.judgement.as_of)

    @cached_property
    def visits(self) -> dict[Place, Visit]:
        """The visits by their place, in the order of the journey."""
        counted: dict[Stage, int] = {}
        found: dict[Place, Visit] = {}
        for visit in self.bundle.run.visits:
            counted[visit.kind] = counted.get(visit.kind, 0) + 1
            found[Place(visit.kind, counted[visit.kind])] = visit
        return found

    def place(self, ordinal: int) -> Place | None:
        """Return the place of a visit, None where the run has no visit of that number."""
        return next((place for place, visit in self.visits.items() if visit.ordinal == ordinal), None)

    def business(self, visit: Visit) -> BusinessId:
        """Return which of the three businesses a visit belongs to."""
        standing = businesses.of_visit(
            visit, lambda host: self.readers.operator(host, ""), self.brands, self.on
        )
        return standing.business

    def rule(self, rule_id: str) -> RuleResult | None:
        """Return what a rule said, None where the pack does not have it."""
        return next((result for result in self.judgement.rules if result.rule == rule_id), None)

    @property
    def side(self) -> RunSide:
        """What the comparison says of this run."""
        run = self.bundle.run
        return RunSide(
            bundle=str(self.bundle.root),
            run_id=run.run_id,
            scenario=run.scenario.id,
            target=run.target,
            device=run.device,
            started=run.started,
            status=run.status,
            seal=self.bundle.seal,
            policy=self.judgement.policy,
            as_of=self.judgement.as_of,
            verdict=self.judgement.verdict,
        )
