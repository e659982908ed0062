"""When a page counts as settled: several bounded signals, never network silence alone.

A page is settled when its load event has come, no request has started for half a second, none is under way
(or nothing has changed for longer), and its layout has stopped moving. Each wait is bounded by the settings,
and what did not come about is recorded: an unsettled page is captured all the same.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Error
from playwright.sync_api import TimeoutError as PlaywrightTimeout

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import CDPSession, Page

QUIET_S = 0.5
STUCK_REQUEST_S = 1.5
LOOK_EVERY_MS = 150.0
PUMP_MS = 500.0  # a crash shows after at most that long; every step costs the driver a command


def settle(
    page: Page, cdp: CDPSession, traffic: Callable[[], tuple[int, float]], limit_s: float
) -> dict[str, Any]:
    """Wait until a page is settled, at most `limit_s` seconds, and return what was seen.

    Args:
        page: The page; its renderer must answer (see `alive`).
        cdp: A CDP session of that page.
        traffic: Returns the number of requests under way and the monotonic time of the last one to start.
        limit_s: Longest wait, in seconds.
    """
    began = time.monotonic()
    deadline = began + limit_s
    cdp.send("Performance.enable")
    loaded = _loaded(page, limit_s)
    load_ms = _ms_since(began)
    layout, quiet = _layout(cdp), False
    while time.monotonic() < deadline and not quiet:
        page.wait_for_timeout(LOOK_EVERY_MS)
        now = _layout(cdp)
        quiet = now == layout and _network_quiet(*traffic())
        layout = now
    return {
        "load": loaded,
        "load_ms": load_ms,
        "quiet": quiet,
        "in_flight": traffic()[0],
        "waited_ms": _ms_since(began),
    }


def alive(cdp: CDPSession, limit_s: float = 5.0) -> bool:
    """Say whether a page's renderer answers. One stuck in a script does not, and must not be asked more.

    It is asked for its layout, which any document has: that takes no script and no element. Nor does one
    answer whose page waits for the answer to a navigation: the browser holds back what it is asked.
    """
    try:
        cdp.send("Page.getLayoutMetrics", timeout=limit_s * 1000)
    except Error:
        return False
    return True


def pump(page: Page, until: float) -> None:
    """Let events through until the monotonic time `until`."""
    while (left := until - time.monotonic()) > 0:
        page.wait_for_timeout(min(PUMP_MS, left * 1000))


def _ms_since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def _loaded(page: Page, limit_s: float) -> bool:
    try:
        page.wait_for_load_state("load", timeout=limit_s * 1000)
    except PlaywrightTimeout:
        return False
    return True


def _network_quiet(in_flight: int, last_start: float) -> bool:
    silence = time.monotonic() - last_start
    return silence >= QUIET_S and (in_flight == 0 or silence >= STUCK_REQUEST_S)


def _layout(cdp: CDPSession) -> tuple[float, float]:
    metrics = {metric["name"]: metric["value"] for metric in cdp.send("Performance.getMetrics")["metrics"]}
    return metrics.get("Nodes", 0), metrics.get("LayoutCount", 0)
