"""Closes the ways past the guard: requests that no page makes, and browsers that it does not stand at.

After the browser has started, a scenario's own Python opens no connection and starts no program, and those
parts of Playwright that send by themselves, open another browser or take hold of requests raise. This stops
accidents; a scenario is trusted code and could undo it.
"""

from __future__ import annotations

import sys
from functools import wraps
from typing import TYPE_CHECKING, Any

from playwright import sync_api

from crawler.errors import ScenarioError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["close"]

# What Python itself does on the way out of the process, by the names of its audit events.
CONNECTS = frozenset(
    {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"}
)
STARTS = frozenset({"subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "os.spawn"})
WATCHED = CONNECTS | STARTS
# Members of Playwright's classes that scenarios may not use: properties and methods.
CLOSED = {
    "APIRequestContext": ("fetch", "get", "post", "put", "patch", "delete", "head"),
    "APIRequest": ("new_context",),
    "Route": ("fetch", "continue_", "fallback", "fulfill", "abort"),
    "Browser": ("new_context", "new_page", "new_browser_cdp_session"),
    "BrowserType": ("launch", "launch_persistent_context", "connect", "connect_over_cdp"),
    "BrowserContext": ("route", "route_from_har", "route_web_socket", "new_cdp_session"),
    "Page": ("route", "route_from_har", "route_web_socket"),
}
HINT = (
    "Everything a scenario does goes through its pages: page.goto, clicks, and page.evaluate for what a page "
    "itself could ask for. Let a request that the guard keeps back leave with journey.allow."
)
OWN = ("crawler.", "playwright.")


def close() -> None:
    """Close the ways past the guard, to the end of this process."""
    for class_name, members in CLOSED.items():
        kind = getattr(sync_api, class_name)
        for member in members:
            setattr(kind, member, _closed(f"{class_name}.{member}", getattr(kind, member)))
    sys.addaudithook(_on_audit)


def _closed(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        caller = str(sys._getframe(1).f_globals.get("__name__", ""))  # noqa: SLF001 - who calls decides
        if not caller.startswith(OWN):
            raise ScenarioError(f"A scenario may not use {name}: it goes past the guard.", hint=HINT)
        return method(*args, **kwargs)

    return guarded


def _on_audit(event: str, args: tuple[Any, ...]) -> None:
    if event not in WATCHED:  # Python tells of some hundred thousand others in a run
        return
    if event in STARTS:
        raise ScenarioError(f"A scenario may not start another program ({args[0]!s}).", hint=HINT)
    if event in CONNECTS and not _is_local(event, args):
        raise ScenarioError("A scenario may not open a connection of its own.", hint=HINT)


def _is_local(event: str, args: tuple[Any, ...]) -> bool:
    """Say whether a socket stays on this machine without an address: a Unix socket's is a path."""
    return (
        event.startswith("socket.")
        and len(args) > 1
        and not isinstance(args[1], tuple)
        and hasattr(args[0], "family")
    )
