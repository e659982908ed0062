"""The host names that the reference shop answers to, and the role it plays under each."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path


@cache
def roles() -> Mapping[str, str]:
    """Role by host name, as in hosts.toml."""
    return {host: role for role, hosts in _table()["roles"].items() for host in hosts}


def names() -> tuple[str, ...]:
    """Every host name, in the order of the table."""
    return tuple(roles())


def strangers() -> frozenset[str]:
    """Names that nobody is known to run: the policy table of hosts must not know them."""
    return frozenset(_table()["unknown"]["strangers"])


@cache
def _table() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((Path(__file__).parent / "hosts.toml").read_text("utf-8"))
