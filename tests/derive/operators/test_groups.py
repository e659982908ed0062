"""The groups that rules speak of stand in the host table."""

from typing import get_args

from crawler.derive.operators.groups import groups
from crawler.derive.operators.hosts import Group


def test_they_are_groups_of_the_table():
    named = groups()
    assert {*named.sides, *named.explained} <= set(get_args(Group))
    assert named.sides == {named.social, named.shop}
    assert named.social not in named.explained
