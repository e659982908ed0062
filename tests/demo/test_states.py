"""States load, validate, and plants change what they say."""

import tomllib

import pytest
from pydantic import ValidationError

from crawler.demo import states
from crawler.demo.states import Expectation, State, Turn, load_state, plants, state_ids
from crawler.errors import ConfigError
from crawler.model.scenario import Stage

CLEAN, PILOT = "2024-03-12", "2023-12-12"


def test_the_six_states_are_there():
    others = {"2024-02-19", "2024-03-04", "recoloured", "2026"}
    assert set(state_ids()) == {CLEAN, PILOT} | others


@pytest.mark.parametrize(
    ("state_id", "passed"),
    [(PILOT, 2), ("2024-02-19", 6), ("2024-03-04", 7), (CLEAN, 8), ("recoloured", 6), ("2026", 6)],
)
def test_a_state_expects_the_index_that_was_reported_or_follows(state_id, passed):
    assert (load_state(state_id).expect.passed, load_state(state_id).expect.total) == (passed, 8)


@pytest.mark.parametrize("state_id", state_ids())
def test_a_state_loads_under_its_own_name(state_id):
    state = load_state(state_id)
    assert state.id == state_id
    assert str(state.as_of).startswith(state_id) or state_id == "recoloured"


def test_the_clean_state_has_no_plant_and_passes_all_eight():
    clean = load_state(CLEAN)
    assert clean.plants == ()
    assert set(clean.expect.obligations.values()) == {"pass"}
    assert (clean.expect.passed, clean.expect.total) == (8, 8)


def test_the_clean_state_names_the_social_medium_once():
    switches = load_state(CLEAN).switches.model_dump(mode="json")
    assert [name for name, value in switches.items() if "tiktok" in str(value).lower()] == ["social_link"]


def test_the_pilot_is_the_clean_state_plus_its_plants_and_own_strings():
    pilot = load_state(PILOT)
    bare = load_state(CLEAN).planted([plant.name for plant in pilot.plants]).switches.model_dump()
    own = tomllib.loads((states.HERE / "states" / f"{PILOT}.toml").read_text("utf-8"))["switches"]
    assert pilot.switches.model_dump() == {**bare, **own}


@pytest.mark.parametrize("name", plants())
def test_every_plant_changes_the_clean_state(name):
    clean = load_state(CLEAN)
    planted = clean.planted([name])
    assert planted.switches != clean.switches
    assert planted.rules == plants()[name].rules


def test_two_plants_may_both_bring_a_ping():
    clean = load_state(CLEAN)
    once, twice = (len(clean.planted(["social-pixel"] * n).switches.extra_pings) for n in (1, 2))
    assert (once, twice) == (1, 2)


def test_a_finding_is_explained_by_its_plant_and_by_no_other():
    pilot = load_state(PILOT)
    hits = pilot.explanations(
        "foreign-payment-endpoint", "payment", "https://fp-sg.pipopay.com/payment/v1/intent"
    )
    assert hits == {"payment-intent"}
    assert pilot.explanations("foreign-payment-endpoint", "cart", "https://fp-sg.pipopay.com/") == set()


def test_an_absence_is_explained_whatever_is_quoted():
    turn = Turn(rule="operator-identity-missing", stages=(Stage.PAYMENT,))
    assert turn.explains("operator-identity-missing", "payment", "no statement")


@pytest.mark.parametrize("call", [lambda: load_state("1999-01-01"), lambda: load_state(CLEAN).planted(["x"])])
def test_an_unknown_name_is_an_error_that_lists_the_known_ones(call):
    with pytest.raises(ConfigError) as caught:
        call()
    assert "known" in caught.value.hint


def test_an_unknown_key_is_refused():
    body = load_state(CLEAN).model_dump()
    with pytest.raises(ValidationError, match="colour"):
        State.model_validate({**body, "switches": {**body["switches"], "colour": "green"}})


def test_an_index_that_does_not_follow_from_the_verdicts_is_refused():
    with pytest.raises(ValidationError, match="does not follow"):
        Expectation(passed=2, total=2, obligations={"naming": "pass", "payment": "fail"})


def test_as_nights_the_states_have_days_of_their_own_and_one_journey():
    nights = [load_state(state).as_night("feed_to_checkout") for state in state_ids()]
    ordered = sorted(nights, key=lambda state: state.as_of)
    assert len({state.as_of for state in nights}) == len(nights)
    assert [state.id for state in ordered].index("recoloured") < [state.id for state in ordered].index(
        "2024-03-12"
    )
    assert {state.scenario for state in nights} == {"feed_to_checkout"}
