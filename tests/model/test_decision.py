"""Where a finding stands by what people decided of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crawler.lib.i18n import LANGUAGES, translate
from crawler.model.decision import STATES, DecisionLine, dismiss_reasons, said_of, standing
from crawler.model.finding import PixelPlace
from crawler.model.seen import seen_hash
from tests.decided import SEEN, a_decision, an_undo
from tests.report.samples import a_finding

OTHER = "01" * 32


def stands(*decisions, severity="low", seen=SEEN):
    lines = [
        DecisionLine(seq=number, time=f"2026-11-27T01:00:{number:02d}.000Z", decision=each)
        for number, each in enumerate(decisions, 1)
    ]
    return standing([said for line in lines if (said := said_of(line))], seen, severity)


def test_nobody_decided_anything():
    assert stands().state == "open"


@pytest.mark.parametrize("severity", ["low", "medium"])
def test_one_person_settles_what_is_not_severe(severity):
    assert stands(a_decision(), severity=severity).state == "confirmed"
    assert stands(a_decision("dismiss"), severity=severity).state == "dismissed"


def test_what_is_severe_needs_two_different_people():
    first, again, second = a_decision(by="ani"), a_decision(by="ani"), a_decision(by="budi")
    assert stands(first, severity="high").state == "awaiting-second"
    assert stands(first, again, severity="high").state == "awaiting-second"
    settled = stands(first, second, severity="high")
    assert (settled.state, set(settled.by)) == ("confirmed", {"ani", "budi"})


def test_two_people_who_disagree_on_what_is_severe_need_a_second_look_until_a_third_agrees_with_one():
    ani, budi, cici = a_decision(by="ani"), a_decision("dismiss", by="budi"), a_decision(by="cici")
    assert stands(ani, budi, severity="high").state == "second-look"
    third = stands(ani, budi, cici, severity="high")
    assert (third.state, set(third.by)) == ("confirmed", {"ani", "cici"})


def test_a_second_look_opens_it_again_and_the_next_verdict_answers_it():
    asked = a_decision("second-look", by="budi")
    assert stands(a_decision(), asked).state == "second-look"
    assert stands(a_decision(), asked, a_decision("dismiss", by="cici")).state == "dismissed"


def test_a_second_look_is_no_verdict():
    asked = a_decision("second-look", by="budi")
    assert stands(asked, a_decision(by="ani"), severity="high").state == "awaiting-second"


def test_an_undone_change_leaves_what_was_said_before():
    first = a_decision()
    change = a_decision("dismiss")
    assert stands(first, change).state == "dismissed"
    assert stands(first, change, an_undo(change)).state == "confirmed"
    assert stands(first, change, an_undo(change), an_undo(first)).state == "open"


def test_nobody_takes_back_what_another_said():
    said = a_decision(by="ani")
    assert stands(said, an_undo(said, by="budi")).state == "confirmed"


def test_a_decision_holds_until_text_or_crop_changes():
    assert stands(a_decision(), seen=SEEN).state == "confirmed"
    changed = stands(a_decision(), seen=OTHER)
    assert (changed.state, changed.outdated) == ("open", True)
    assert stands(a_decision(), a_decision("dismiss", seen=OTHER), seen=OTHER).state == "dismissed"


def test_what_became_severe_needs_a_second_person():
    assert stands(a_decision(severity="low"), severity="high").state == "awaiting-second"


people = st.sampled_from(["ani", "budi", "cici"])
steps = st.lists(
    st.tuples(st.sampled_from(["confirm", "dismiss", "second-look", "undo"]), people), max_size=12
)


@given(steps, st.sampled_from(["low", "medium", "high"]))
def test_whatever_is_said_nothing_severe_is_settled_by_one_person(said, severity):
    decided = []
    for action, by in said:
        mine = [each for each in decided if getattr(each, "action", "") and each.by == by]
        if action != "undo":
            decided.append(a_decision(action, by=by))
        elif mine:
            decided.append(an_undo(mine[-1]))
    found = stands(*decided, severity=severity)
    assert found.state in STATES
    if severity == "high" and found.state in ("confirmed", "dismissed"):
        assert len(set(found.by)) >= 2
    undone = {each.undoes for each in decided if not hasattr(each, "action")}
    if all(each.key in undone for each in decided if hasattr(each, "action")):
        assert found.state == "open"


def test_what_is_seen_is_text_without_its_numbers_and_the_crop():
    plain = a_finding(observed="TikTok Shop, sisa 5")
    assert seen_hash(plain, "a") == seen_hash(a_finding(observed="tiktok shop, sisa 12"), "b")
    assert seen_hash(plain, "a") != seen_hash(a_finding(observed="TikTok Shop, habis"), "a")
    place = (PixelPlace(path="data/stages/01-cart/fullpage-001.png", box_px=(0, 0, 9, 9)),)
    pictured = a_finding(observed="TikTok", pixels=place, crop_sha256="aa" * 32)
    assert seen_hash(pictured, "a") == seen_hash(pictured, "b")
    assert seen_hash(pictured, "a") != seen_hash(
        a_finding(observed="TikTok", pixels=place, crop_sha256="bb" * 32), "a"
    )


def test_a_crop_that_was_not_hashed_is_the_same_in_its_own_bundle_alone():
    place = (PixelPlace(path="data/stages/01-cart/fullpage-001.png", box_px=(0, 0, 9, 9)),)
    unread = a_finding(observed="TikTok", pixels=place)
    assert seen_hash(unread, "a") == seen_hash(unread, "a") != seen_hash(unread, "b")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_reason_has_a_sentence_and_a_key_of_its_own(lang):
    reasons = dismiss_reasons()
    assert all(translate(lang).has(f"dismissal.{code}") for code in reasons)
    assert len({reason.key for reason in reasons.values()}) == len(reasons)


@pytest.mark.parametrize("wrong", [{"key": "x"}, {"fingerprint": "../a"}, {"by": ""}, {"note": "x" * 2_001}])
def test_what_no_desk_sends_is_refused(wrong):
    with pytest.raises(ValidationError):
        a_decision(**wrong)
