"""How often somebody may try to log in."""

from __future__ import annotations

import pytest

from crawler.review.pace import LogInPace


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("2001:db8::1", "2001:db8::ffff:2"),
        ("10.0.0.1", "::ffff:10.0.0.1"),
        ("testclient", "testclient"),
    ],
)
def test_one_owner_has_one_pace(one, other):
    pace = LogInPace(1)
    assert pace.allows(one, "ani")
    assert not pace.allows(other, "budi")


@pytest.mark.parametrize(("one", "other"), [("10.0.0.1", "10.0.0.2"), ("2001:db8::1", "2001:db8:0:1::1")])
def test_owners_do_not_hinder_each_other(one, other):
    pace = LogInPace(1)
    assert pace.allows(one, "ani")
    assert pace.allows(other, "budi")


def test_a_name_has_one_pace_from_everywhere():
    pace = LogInPace(1)
    assert pace.allows("10.0.0.1", "ani")
    assert not pace.allows("10.0.0.2", "ani")
