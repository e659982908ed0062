"""Why a stage was not reached, told from the error that ended its body: its cause, not the first symptom."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import Error
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from crawler.errors import GuardRefused, NavigationError, StageError, StageTimeout

if TYPE_CHECKING:
    from crawler.model.evidence import Reason

# What Chromium says where nothing answers at a name, and what that means of the site as a whole.
DEAD = {
    "ERR_NAME_NOT_RESOLVED": "the name is not known",
    "ERR_NAME_RESOLUTION_FAILED": "the name is not known",
    "ERR_CONNECTION_REFUSED": "the connection is refused",
    "ERR_CONNECTION_TIMED_OUT": "there is no answer",
    "ERR_CONNECTION_FAILED": "there is no connection",
    "ERR_CONNECTION_CLOSED": "the connection is closed",
    "ERR_CONNECTION_RESET": "the connection is cut",
    "ERR_ADDRESS_UNREACHABLE": "the address is not reachable",
    "ERR_ADDRESS_INVALID": "the address is not reachable",
    "ERR_NETWORK_ACCESS_DENIED": "the network does not let it through",
    "ERR_INTERNET_DISCONNECTED": "there is no network",
    "ERR_SOCKS_CONNECTION_FAILED": "there is no connection",
    "ERR_SOCKS_CONNECTION_HOST_UNREACHABLE": "the name is not known",
    "ERR_TUNNEL_CONNECTION_FAILED": "the proxy does not let it through",
    "ERR_PROXY_CONNECTION_FAILED": "the proxy does not answer",
    "ERR_SSL_PROTOCOL_ERROR": "the secure connection fails",
    "ERR_SSL_VERSION_OR_CIPHER_MISMATCH": "the secure connection fails",
    "ERR_SSL_UNRECOGNIZED_NAME_ALERT": "the secure connection fails",
    "ERR_BAD_SSL_CLIENT_AUTH_CERT": "the secure connection fails",
}
_CERTIFICATE = "ERR_CERT_"
_NET = re.compile(r"net::(ERR_[A-Z0-9_]+)")
_DRIVER = ("Connection closed while reading from the driver", "Playwright connection closed")
_CLOSED = ("has been closed", "Target closed", "Page closed", "Frame was detached")
_DOWNLOAD = ("Download is starting",)
# How a page or a scenario is told of a request that was kept back.
_ABORTED = ("ERR_ABORTED", "ERR_BLOCKED_BY_CLIENT", "ERR_FAILED", "Failed to fetch")
# What any stop looks like from afar: something was waited for and did not come.
SYMPTOMS: frozenset[Reason] = frozenset({"element missing", "timeout"})
# What a page may become that misses the answer to a request.
_LEFT_WITHOUT: frozenset[Reason] = frozenset({"empty page", "error page"})
_ERROR_STATUS = 400


def cause(error: Exception, *, refused: bool) -> Reason:
    """Return why a stage was not reached, as far as its error alone tells.

    Args:
        error: What the stage's body raised.
        refused: The guard refused something of this stage that its page or body could wait for.
    """
    said = error.message if isinstance(error, Error) else str(error)
    rules: tuple[tuple[bool, Reason], ...] = (
        (driver_gone(error), "driver died"),
        (isinstance(error, GuardRefused), "guard"),
        (isinstance(error, Error) and _any(said, _DOWNLOAD), "download"),
        (refused and isinstance(error, Error) and _any(said, _ABORTED), "guard"),
        (isinstance(error, NavigationError) or net_error(error) != "", "navigation"),
        (isinstance(error, PlaywrightTimeout) and waited_for_navigation(error), "timeout"),
        (isinstance(error, Error) and _any(said, _CLOSED), "page closed"),
        (isinstance(error, PlaywrightTimeout) and "waiting for" in said, "element missing"),
        (isinstance(error, (PlaywrightTimeout, StageTimeout)), "timeout"),
        (isinstance(error, (StageError, Error, AssertionError)), "element missing"),
    )
    return next((reason for holds, reason in rules if holds), "script error")


def waited(error: Exception) -> bool:
    """Say whether a body ended because what it waited for did not come."""
    return isinstance(error, (PlaywrightTimeout, StageTimeout, AssertionError))


def follows_refusal(wall: Reason, status: int | None) -> bool:
    """Say whether a wall may be what a refused request left of a page that its server had served."""
    return wall in _LEFT_WITHOUT and (status is None or status < _ERROR_STATUS)


def net_error(error: Exception) -> str:
    """Return Chromium's name of a network error, such as `ERR_NAME_NOT_RESOLVED`; empty if it is none."""
    found = _NET.search(error.message) if isinstance(error, Error) else None
    return found[1] if found else ""


def dead(error: Exception) -> str:
    """Return why nothing answers at a site, in words; empty if the error says nothing of the kind."""
    name = net_error(error)
    return "the certificate is not accepted" if name.startswith(_CERTIFICATE) else DEAD.get(name, "")


def driver_gone(error: BaseException) -> bool:
    """Say whether an error means that the browser's driver, a process of its own, has ended."""
    if isinstance(error, Error):
        return _any(error.message, _DRIVER)
    return type(error) is Exception and str(error).startswith(_DRIVER)


def waited_for_navigation(error: PlaywrightTimeout) -> bool:
    """Say whether the element was there, and its click opened what never came."""
    waits = [line for line in error.message.splitlines() if "waiting for" in line]
    return bool(waits) and "navigation" in waits[-1]


def _any(said: str, words: tuple[str, ...]) -> bool:
    return any(word in said for word in words)
