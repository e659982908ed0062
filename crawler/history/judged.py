"""A judged run as comparisons ask it: visits by their place in the journey, and who stands behind hosts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from crawler.derive.operators import businesses
from crawler.derive.reading import reading_of
from crawler.model.comparison import RunSide

if TYPE_CHECKING:
    from crawler.derive.operators.businesses import BusinessId
    from crawler.derive.operators.operator import Operator
    from crawler.derive.reading import BundleReading
    from crawler.model.evidence import Visit
    from crawler.model.finding import Judgement, RuleResult
    from crawler.model.policy import Brands
    from crawler.model.scenario import Stage
    from crawler.store.bundle import Bundle


class JourneyPlace(NamedTuple):
    """A place in a journey: the kind of stage, and the how-manieth of its kind, from 1."""

    stage: Stage
    nth: int


@dataclass(frozen=True)
class Judged:
    """A sealed bundle and what the rules say of it."""

    bundle: Bundle
    judgement: Judgement
    brands: Brands

    @property
    def reading(self) -> BundleReading:
        """What is derived from the bundle."""
        return reading_of(self.bundle)

    def operator(self, host: str, *, url: str = "") -> Operator:
        """Return who ran a host on the day that is judged."""
        return self.reading.operator(host, self.on, url=url)

    @property
    def on(self) -> date:
        """The day whose names and rows hold."""
        return date.fromisoformat(self.judgement.as_of)

    @cached_property
    def visits(self) -> dict[JourneyPlace, Visit]:
        """The visits by their place, in the order of the journey."""
        counted: dict[Stage, int] = {}
        found: dict[JourneyPlace, Visit] = {}
        for visit in self.bundle.run.visits:
            counted[visit.kind] = counted.get(visit.kind, 0) + 1
            found[JourneyPlace(visit.kind, counted[visit.kind])] = visit
        return found

    def place(self, ordinal: int) -> JourneyPlace | None:
        """Return the place of a visit, None where the run has no visit of that number."""
        return next((place for place, visit in self.visits.items() if visit.ordinal == ordinal), None)

    def business(self, visit: Visit) -> BusinessId:
        """Return which of the three businesses a visit belongs to."""
        return businesses.of_visit(visit, self.operator, self.brands, self.on).business

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
