"""How a notice stands after each night, and that nothing unseen is ever remedied."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawler.history.remedies import notice_nights
from crawler.model.finding import Message
from crawler.model.notice import Before, Notice, Standing
from crawler.model.scenario import Stage
from tests.nights import FIRST, a_finding, a_journey, a_night, bundle_name

DEADLINE = FIRST + timedelta(days=3)


def a_notice(*devices, **facts):
    devices = devices or ("desktop",)
    values = {
        "number": 1,
        "letter": "B/12/PKTN",
        "given": FIRST,
        "deadline": DEADLINE,
        "by": "siti@pantau",
        "target": "toko-a",
        "rule": "foreign-brand-text",
        "stage": Stage.PAYMENT,
        "fingerprint": "f" * 16,
        "before": tuple(Before(device=each, bundle=bundle_name(FIRST, f"toko-a/{each}")) for each in devices),
    }
    return Notice(**(values | facts))


def follow(notice, *nights):
    """Return how a notice stands after each of several nights."""
    standing, told = Standing(notice=notice), []
    for night in nights:
        for line in notice_nights([standing], night):
            standing = Standing(notice=notice, last=line)
            told.append(line)
    return told


def a_walk(day, state, device="desktop", **facts):
    """Return a night, days after the first, that says one thing of the finding; None: nothing of it."""
    on = FIRST + timedelta(days=day)
    findings = [a_finding(state, **facts.pop("finding", {}))] if state else []
    return a_night(
        on, [a_journey(device=device, on=on, findings=findings, **facts.pop("journey", {}))], **facts
    )


def states(told):
    return [(line.state, line.overdue) for line in told]


def test_not_remedied_then_past_the_deadline():
    told = follow(a_notice(), *(a_walk(day, "still-there") for day in (1, 3, 4)))
    assert states(told) == [("open", False), ("open", False), ("open", True)]
    assert told[-1].since == FIRST + timedelta(days=1)


def test_remedied_stays_so_while_no_night_tells_of_it():
    told = follow(a_notice(), a_walk(1, "gone"), a_walk(2, None), a_walk(9, None))
    assert states(told) == [("remedied", False)] * 3
    assert {line.since for line in told} == {FIRST + timedelta(days=1)}
    after = bundle_name(FIRST + timedelta(days=1))
    assert [(side.before, side.after) for side in told[-1].sides] == [(bundle_name(FIRST), after)]


def test_remedied_late():
    assert states(follow(a_notice(), a_walk(4, "gone"), a_walk(5, None))) == [("remedied", True)] * 2


def test_what_comes_back_says_so():
    told = follow(
        a_notice(), a_walk(1, "gone"), a_walk(2, "new"), a_walk(4, "still-there"), a_walk(5, "gone")
    )
    assert states(told) == [("remedied", False), ("returned", False), ("returned", True), ("remedied", True)]


@pytest.mark.parametrize(
    "night",
    [
        a_walk(1, "not-looked"),
        a_walk(1, "gone", canary="missed"),
        a_walk(1, "gone", canary=None),
        a_walk(1, None),
        a_walk(1, None, journey={"bundle": None, "why": (Message(id="remedy.void"),)}),
        a_night(FIRST + timedelta(days=1), []),
        a_walk(1, "gone", finding={"rule": "foreign-logo"}),
        a_walk(1, "gone", finding={"stage": Stage.CART}),
        a_walk(1, "gone", finding={"fingerprint": "e" * 16}),
        a_walk(1, "gone", device="mobile"),
    ],
)
def test_what_was_not_seen_is_not_remedied(night):
    assert states(follow(a_notice(), night)) == [("not-observed", False)]


def test_a_void_night_does_not_undo_what_was_remedied():
    told = follow(a_notice(), a_walk(1, "gone"), a_walk(2, None, canary="missed"))
    assert states(told) == [("remedied", False)] * 2


def test_a_void_night_that_sees_it_sees_it():
    assert states(follow(a_notice(), a_walk(1, "still-there", canary="missed"))) == [("open", False)]


def test_unstable_is_there():
    assert states(follow(a_notice(), a_walk(1, "unstable"))) == [("open", False)]


@pytest.mark.parametrize(
    ("desktop", "mobile", "wanted"),
    [
        ("gone", "gone", "remedied"),
        ("gone", "still-there", "open"),
        ("gone", "not-looked", "not-observed"),
        ("still-there", "not-looked", "open"),
    ],
)
def test_every_device_has_to_agree(desktop, mobile, wanted):
    on = FIRST + timedelta(days=1)
    journeys = [
        a_journey(device=device, on=on, findings=[a_finding(state)])
        for device, state in (("desktop", desktop), ("mobile", mobile))
    ]
    (line,) = follow(a_notice("desktop", "mobile"), a_night(on, journeys))
    assert line.state == wanted


def test_devices_may_be_remedied_in_different_nights():
    def night(day, desktop, mobile):
        on = FIRST + timedelta(days=day)
        found = {"desktop": desktop, "mobile": mobile}
        return a_night(
            on,
            [
                a_journey(device=device, on=on, findings=[a_finding(state)] if state else [])
                for device, state in found.items()
            ],
        )

    told = follow(a_notice("desktop", "mobile"), night(1, "gone", "still-there"), night(2, None, "gone"))
    assert [line.state for line in told] == ["open", "remedied"]


def test_a_night_before_the_notice_says_nothing_of_it():
    assert (
        notice_nights([Standing(notice=a_notice(given=FIRST + timedelta(days=2)))], a_walk(1, "gone")) == ()
    )
