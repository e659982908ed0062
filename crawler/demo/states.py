"""Dated states of the reference shop and the violations that can be planted in them.

A state is data: a date, the switches that templates and scripts read, a list of plants, and what a crawl
of it must show. States are modelled on what was reported; they are no record of it.
"""

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crawler.errors import ConfigError
from crawler.model.finding import Verdict
from crawler.model.scenario import Stage, Title

HERE = Path(__file__).parent
COUNTED = {Verdict.PASS, Verdict.FAIL, Verdict.NEEDS_REVIEW}


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Ping(_Data):
    """A delayed request of a page: `{client}` in the address becomes the shopper's analytics id."""

    url: str
    via: Literal["script", "image", "beacon", "fetch", "json"]
    delay_ms: int = Field(ge=0, le=10_000)
    stages: tuple[Stage, ...]


class Insert(_Data):
    """A piece of HTML that is put into the pages of some stages.

    `head` is the end of the head, `top` before the page's content, `main` after it, `end` the body's end.
    """

    stages: tuple[Stage, ...]
    place: Literal["head", "top", "main", "end"]
    html: str


class Reply(_Data):
    """What one more address of the shop's hosts answers: a text, or words drawn over a photograph."""

    url: str
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: dict[str, str] = {}
    body: str = ""
    drawn: str = ""


class Switches(_Data):
    """Everything that may differ between two states; names say where on the site it is used."""

    theme: Literal["green", "black"]
    feed_shop_tab: str
    feed_notice: str
    shelf_length: int = Field(ge=1)
    brand: str
    search_title_brand: str
    product_site_name: str
    manifest_name: str
    banner_name: str
    banner_slogan: str
    notice_title: str
    notice_line: str
    notice_detail: str
    footer_line: str
    social_link: str
    product_second_button: str
    cart_picture_alt: str
    checkout_style: Literal["graphql", "rest"]
    checkout_api: str
    checkout_button: str
    payment_page_url: str
    payment_line: str
    payment_intent_url: str
    payment_frame_url: str
    payment_frame_name: str
    order_url: str
    invoice_issuer: str
    invoice_line: str
    invoice_shown: bool
    own_contact_shown: bool
    ministry_contact_shown: bool
    listing_notice_shown: bool
    extra_pings: tuple[Ping, ...]
    inserts: tuple[Insert, ...]
    replies: tuple[Reply, ...]


LISTS = ("extra_pings", "inserts", "replies")


class Turn(_Data):
    """A rule that a plant must turn, at every stage named, and what a finding quotes ("" for an absence)."""

    rule: str
    stages: tuple[Stage, ...]
    observed: str = ""
    outcome: Literal["fail", "needs_review"] = "fail"

    def explains(self, rule: str, stage: str, observed: str, outcome: str = "fail") -> bool:
        """Whether a finding is this one."""
        quoted = self.observed.casefold() in observed.casefold()
        return (rule, outcome) == (self.rule, self.outcome) and stage in self.stages and quoted


class Plant(_Data):
    """One violation: what it changes and the set of rules it must turn."""

    name: str
    summary: Title
    switches: dict[str, Any]
    turns: tuple[Turn, ...] = Field(min_length=1)

    @property
    def rules(self) -> frozenset[str]:
        """Ids of the rules it must turn."""
        return frozenset(turn.rule for turn in self.turns)


class Lookalike(_Data):
    """Something innocent that looks like a violation, or a violation known not to be seen: and why."""

    name: str
    summary: Title
    why: str
    switches: dict[str, Any]


class Expectation(_Data):
    """What a crawl must show once every rule exists: index fraction and verdict an obligation."""

    passed: int = Field(ge=0)
    total: int = Field(ge=1)
    obligations: dict[str, Verdict]

    @model_validator(mode="after")
    def _fraction_matches_verdicts(self) -> "Expectation":
        verdicts = list(self.obligations.values())
        counted = [verdict for verdict in verdicts if verdict in COUNTED]
        if (self.passed, self.total) != (verdicts.count(Verdict.PASS), len(counted)):
            raise ValueError("passed/total does not follow from the obligations")
        return self


class State(_Data):
    """One dated state, its base and plants already worked in.

    `night` is the night that it stands for where the states are walked as nights: a day of its own, `as_of`
    unless given.
    """

    id: str
    as_of: dt.date
    night: dt.date | None = None
    title: Title
    base: str | None = None
    scenario: Literal["shop_to_checkout", "feed_to_checkout"] = "shop_to_checkout"
    plants: tuple[Plant, ...] = ()
    switches: Switches
    expect: Expectation

    def planted(self, names: Sequence[str]) -> "State":
        """The state with further plants.

        Raises:
            ConfigError: A plant has no such name.
        """
        extra = tuple(_plant(name) for name in names)
        planted = self.with_switches(*(plant.switches for plant in extra))
        return planted.model_copy(update={"plants": self.plants + extra})

    def with_switches(self, *layers: Mapping[str, Any]) -> "State":
        """The state with switches changed, later layers winning, and its expectations as they were."""
        switches = Switches.model_validate(_merge(self.switches.model_dump(), *layers))
        return self.model_copy(update={"switches": switches})

    def as_night(self, scenario: Literal["shop_to_checkout", "feed_to_checkout"]) -> "State":
        """The state as one night of a series: on the night's day, walked as all nights are."""
        return self.model_copy(update={"as_of": self.night or self.as_of, "scenario": scenario})

    @property
    def rules(self) -> frozenset[str]:
        """Ids of the rules that the state's plants must turn."""
        return frozenset(rule for plant in self.plants for rule in plant.rules)

    def explanations(self, rule: str, stage: str, observed: str, outcome: str = "fail") -> frozenset[str]:
        """Names of the plants that a finding can come from; empty for a finding nobody planted."""
        return frozenset(
            plant.name
            for plant in self.plants
            if any(turn.explains(rule, stage, observed, outcome) for turn in plant.turns)
        )


def state_ids() -> tuple[str, ...]:
    """Ids of all states, oldest first."""
    return tuple(sorted(path.stem for path in (HERE / "states").glob("*.toml")))


@cache
def plants() -> Mapping[str, Plant]:
    """Every plant by name."""
    table = tomllib.loads((HERE / "plants.toml").read_text("utf-8"))
    return {name: Plant.model_validate({"name": name, **body}) for name, body in table.items()}


@cache
def innocents() -> Mapping[str, Lookalike]:
    """Everything that looks like a violation and is none, by name."""
    return _lookalikes("innocents.toml")


@cache
def limits() -> Mapping[str, Lookalike]:
    """Violations that are known not to be seen, by name."""
    return _lookalikes("limits.toml")


def _lookalikes(file: str) -> Mapping[str, Lookalike]:
    table = tomllib.loads((HERE / file).read_text("utf-8"))
    return {name: Lookalike.model_validate({"name": name, **body}) for name, body in table.items()}


def load_state(state_id: str) -> State:
    """Read a state, work in its base, plants and own switches, in this order.

    Raises:
        ConfigError: No such state, or one of its plants has no entry.
    """
    body = _read_state(state_id)
    own = body.pop("switches", {})
    base = load_state(body["base"]).switches.model_dump() if "base" in body else {}
    planted = tuple(_plant(name) for name in body.pop("plants", ()))
    switches = _merge(base, *(plant.switches for plant in planted), own)
    return State.model_validate({**body, "plants": planted, "switches": switches})


def _read_state(state_id: str) -> dict[str, Any]:
    if state_id not in state_ids():
        known = ", ".join(state_ids())
        raise ConfigError(f"the reference shop has no state {state_id!r}", hint=f"known states: {known}")
    return tomllib.loads((HERE / "states" / f"{state_id}.toml").read_text("utf-8"))


def _plant(name: str) -> Plant:
    if name not in plants():
        known = ", ".join(sorted(plants()))
        raise ConfigError(f"the reference shop has no plant {name!r}", hint=f"known plants: {known}")
    return plants()[name]


def _merge(base: dict[str, Any], *layers: Mapping[str, Any]) -> dict[str, Any]:
    """Later layers win; lists add up, so that two plants can each bring a ping, an insert or a reply."""
    merged = dict(base)
    for layer in layers:
        lists = {name: [*merged.get(name, ()), *layer.get(name, ())] for name in LISTS}
        merged.update(layer)
        merged.update(lists)
    return merged
