"""The canary: what is planted in the reference shop is found, or the night is void."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.demo.states import load_state
from crawler.fleet.canary import walk_canary
from crawler.fleet.judged_bundles import JudgedBundles
from crawler.fleet.outcome import Walked, outcome_of
from crawler.fleet.plan import new_plan
from crawler.lib.clock import stamp
from tests.bundles import a_visit, make_bundle
from tests.fleet.conftest import FIRST

FAR = "2099-01-01T00:00:00.000Z"


@pytest.fixture
def look(setup):
    """Return what lets a walk take the canary's place."""

    def look_at(walk, **night):
        where = setup("toko-a", **night)
        plan = new_plan(where, FIRST, datetime.now(UTC))
        bundles = JudgedBundles(where.out)
        return walk_canary(where, plan, FAR, bundles, stopped=lambda: False, walk=walk)

    return look_at


def test_a_walk_that_finds_nothing_of_what_is_planted_voids_the_night(look):
    def walk(setup, order, start, lock, stopped):
        as_of = order.target.as_of
        make_bundle(setup.base, [a_visit("product", text=["Kopi"])], run_id=start.run_id, as_of=as_of)
        return outcome_of(setup.out, start, Walked(exit_code=0))

    result = look(walk)
    planted = sum(len(turn.stages) for plant in load_state(result.state).plants for turn in plant.turns)
    assert (result.expected, len(result.missed)) == (planted, planted)
    assert (result.recall, result.void) == (0.0, True)
    assert result.bundle


def test_a_walk_that_fails_is_tried_once_more_and_says_why(look):
    tried = []

    def walk(setup, order, start, lock, stopped):
        tried.append(order.job.name)
        return outcome_of(setup.out, start, Walked(exit_code=5, said="no browser"))

    result = look(walk)
    assert tried == ["canary.desktop.1", "canary.desktop.2"]
    assert (result.error, result.recall, result.void) == ("no browser", None, True)


def test_its_target_leads_nowhere_but_to_this_machine(look):
    seen = []

    def walk(setup, order, start, lock, stopped):
        seen.append(order.target)
        return outcome_of(setup.out, start, Walked(exit_code=5, said=stamp()))

    look(walk)
    assert all(each.target.startswith("127.0.0.1:") for each in seen[0].resolve[:-1])
    assert (seen[0].resolve[-1].host, seen[0].resolve[-1].target) == ("*", "~NOTFOUND")
    assert seen[0].as_of == load_state("2024-03-04").as_of
