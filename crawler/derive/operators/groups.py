"""What part each group of operators plays, by `operator-groups.toml`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple, cast

from crawler.lib import words

if TYPE_CHECKING:
    from crawler.derive.operators.hosts import Group


class Groups(NamedTuple):
    """The groups that rules speak of.

    Attributes:
        social: Runs the social medium.
        shop: Runs the shop that takes over.
        sides: The two whose names and systems are told apart.
        explained: Need no explanation where one witness alone saw a request to them.
    """

    social: Group
    shop: Group
    sides: frozenset[Group]
    explained: frozenset[Group]


@cache
def groups() -> Groups:
    """Return the groups of this version of the list."""
    listed = words.load("operator-groups")
    social, shop = cast("Group", listed["social"]), cast("Group", listed["shop"])
    return Groups(social, shop, frozenset({social, shop}), frozenset(listed["explained"]))
