"""The catalogue: each violation alone turns its rules and no other, look-alikes turn none.

What turned goes to the terminal as a table of violation by rule.
"""

import pytest

from crawler.demo.expectation import unlike
from crawler.demo.states import innocents, limits, plants
from tests.demo.visits import clean, observe, opened

pytestmark = [pytest.mark.browser, pytest.mark.ocr, pytest.mark.catalogue]


def stages_of(lookalikes):
    inserts = [insert for each in lookalikes for insert in each.switches.get("inserts", ())]
    return {stage for insert in inserts for stage in insert["stages"]}


def said(judgement):
    return {(found.rule, found.stage.value, found.observed[:80]) for found in opened(judgement)}


def test_the_catalogue_is_as_long_as_it_has_to_be():
    assert len(plants()) >= 45
    assert len(innocents()) >= 30


@pytest.mark.parametrize("name", plants())
def test_a_violation_alone_turns_its_rules_and_no_other(name, tmp_path, record_property):
    state = clean().planted([name])
    stages = {stage.value for turn in plants()[name].turns for stage in turn.stages}
    judgement, gained = observe(state, stages, tmp_path)
    turned = {(found.rule, found.outcome) for found in opened(judgement)}
    record_property("violation", name)
    record_property("turned", sorted(turned))
    assert unlike(state, judgement, orders_gained=gained) == ()
    assert {rule for rule, _ in turned} == plants()[name].rules


def test_look_alikes_turn_nothing(tmp_path):
    """All are planted together; where one turns a rule, halves are planted until it is found."""
    culprits = blamed(list(innocents().values()), tmp_path)
    assert culprits == {}


def blamed(lookalikes, work_dir):
    """Look-alikes that turn a rule, each with what it turns; the halves together tell of an interplay."""
    work_dir.mkdir(exist_ok=True)
    state = clean().with_switches(*(each.switches for each in lookalikes))
    judgement, gained = observe(state, stages_of(lookalikes), work_dir)
    if not gained and not said(judgement):
        return {}
    middle = len(lookalikes) // 2
    halves = (lookalikes[:middle], lookalikes[middle:]) if middle else ()
    found = {}
    for number, half in enumerate(halves):
        found |= blamed(half, work_dir / str(number))
    return found or {", ".join(each.name for each in lookalikes): said(judgement)}


def test_what_is_known_not_to_be_seen_is_still_not_seen(tmp_path):
    """A limit that is found is none any more: it belongs among the violations then."""
    known = list(limits().values())
    state = clean().with_switches(*(each.switches for each in known))
    judgement, gained = observe(state, stages_of(known) | {"invoice"}, tmp_path)
    assert said(judgement) == set()
    assert gained == 0
