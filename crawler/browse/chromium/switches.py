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


def launch_args(
    *, netlog: Path, resolve: Sequence[HostMapping] = (), proxy_port: int | None = None, as_root: bool
) -> tuple[str, ...]:
    """Return every switch that Pantau adds to those of Playwright.

    Args:
        netlog: Where Chromium writes its own network log, in the Default mode: no cookie values.
        resolve: Host names that stand for other addresses.
        proxy_port: Where the checking proxy listens; all connections go by it then, and it goes by `resolve`.
        as_root: Whether the browser runs as root, where Chromium starts only without its sandbox.
    """
    args = [
        *_data()["switches"]["always"],
        f"--disable-features={','.join(disabled_features())}",
        f"--log-net-log={netlog}",
        "--net-log-capture-mode=Default",
    ]
    if proxy_port is not None:
        args.extend(proxy_args(proxy_port))
    elif resolve:
        args.append(f"--host-resolver-rules={resolver_rules(resolve)}")
    if as_root:
        args.append("--no-sandbox")
    return tuple(args)


def proxy_args(port: int) -> tuple[str, ...]:
    """Return the switches that leave the browser no way but a SOCKS proxy on loopback.

    Chromium goes past a proxy to loopback and link-local addresses unless told otherwise; it looks up names
    itself for what it fetches ahead, unless none resolves; and WebRTC sends datagrams past any proxy.
    """
    return (
        f"--proxy-server=socks5://127.0.0.1:{port}",
        *(switch.replace("PROXY", "127.0.0.1") for switch in _data()["switches"]["proxied"]),
    )


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
