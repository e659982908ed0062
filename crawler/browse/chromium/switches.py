"""The command line that Chromium gets: pure functions over `switches.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from crawler.settings import HostMapping

__all__ = ["disabled_features", "launch_args", "resolver_rules"]


def launch_args(*, netlog: Path, resolve: Sequence[HostMapping] = (), as_root: bool) -> tuple[str, ...]:
    """Return every switch that Pantau adds to those of Playwright.

    Args:
        netlog: Where Chromium writes its own network log, in the Default mode: no cookie values.
        resolve: Host names that stand for other addresses.
        as_root: Whether the browser runs as root, where Chromium starts only without its sandbox.
    """
    args = [
        *_data()["switches"]["always"],
        f"--disable-features={','.join(disabled_features())}",
        f"--log-net-log={netlog}",
        "--net-log-capture-mode=Default",
    ]
    if resolve:
        args.append(f"--host-resolver-rules={resolver_rules(resolve)}")
    if as_root:
        args.append("--no-sandbox")
    return tuple(args)


def disabled_features() -> tuple[str, ...]:
    """Return the one complete list: Playwright's names, then ours."""
    features = _data()["disable_features"]
    return (*features["playwright"], *features["pantau"])


def resolver_rules(resolve: Sequence[HostMapping]) -> str:
    """Return Chromium's rules for the mappings, wildcards after exact names since the first match wins."""
    ordered = sorted(resolve, key=lambda mapping: (mapping.host == "*", "*" in mapping.host))
    return ",".join(f"MAP {mapping.host} {mapping.target}" for mapping in ordered)


@cache
def _data() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(files(__package__).joinpath("switches.toml").read_text(encoding="utf-8"))
