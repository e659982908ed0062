"""Refusals and changes as the guard records them."""

from crawler.model.evidence import UNKNOWN_CHANGE, Change, ChangeCount, ChangeKind, Refusal

KIND = {
    "method": "POST",
    "host": "shop.test",
    "path": "/cart",
    "operation": "",
    "phase": True,
    "why": "advance",
    "said": "a shop",
}


def test_a_change_knows_the_kind_that_it_is_counted_under():
    first = Change(time="2024-03-12T01:02:03.000Z", visit=1, **KIND)
    again = Change(time="2024-03-12T01:02:04.000Z", visit=2, **KIND)
    assert first.kind == again.kind == ChangeKind(**KIND)
    assert {first.kind: 1}[again.kind] == 1
    counted = ChangeCount(count=2, first=first.time, visits=(1, 2), **first.kind.model_dump())
    assert (counted.path, counted.said) == ("/cart", "a shop")


def test_what_nobody_knows_was_no_order():
    assert not Refusal(time="t", visit=1, what="request", page_url="", rule=UNKNOWN_CHANGE).intended
    assert Refusal(time="t", visit=1, what="click", page_url="", word="bayar").intended
