"""How much of a body is taken and kept; how large a script is, asked of its page before it is taken.

A browser gives out at most ten megabytes of an answer, except of what a page uses as it is: a script is given
whole. Two hundred kilobytes on the wire can be two hundred megabytes there, more than the driver survives.
Only the page knows; the protocol tells it of all its resources at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from playwright.sync_api import Error as PlaywrightError

from crawler.collect.network import wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, CDPSession, Frame, Page, Request

# Deflate makes at most 1,032 bytes of one (RFC 1951: 258 bytes from two bits); others have no such bound.
DEFLATE_RATIO = 1_032
_DEFLATE = frozenset({"gzip", "x-gzip", "deflate"})
# Each question costs as much as the page has resources.
MAX_QUESTIONS = 3_000
NOT_ASKED = "how large it is decoded was not asked: too many scripts"


class BodyLimits:
    """How many bytes of a body are kept and taken; asks pages how large their scripts are.

    Args:
        context: The browser context of the pages.
        kept_bytes: How much of a body is kept.

    Attributes:
        kept_bytes: As given.
        taken_bytes: How large a body may be at most, decoded, to be taken from the browser.
    """

    def __init__(self, context: BrowserContext, kept_bytes: int) -> None:
        self.kept_bytes = kept_bytes
        self.taken_bytes = wire.REDACT_FACTOR * max(kept_bytes, 1)
        self._context = context
        self._sessions: WeakKeyDictionary[Page | Frame, CDPSession] = WeakKeyDictionary()
        self._questions = 0

    def script_bytes(self, request: Request, headers: dict[str, str], wire_bytes: int | None) -> int | None:
        """Return how many bytes a script has in its page, decoded.

        Args:
            request: Its request, which has ended.
            headers: Of its answer, names in lower case.
            wire_bytes: How many bytes came, where the server declared that.

        Returns:
            None where it is taken whatever it has: by what it declares it cannot exceed the limit, or no
            page holds it (a worker's script), which the browser gives out within its own bound.

        Raises:
            PlaywrightError: its page cannot be asked, or was asked too often.
        """
        if request.service_worker or not can_exceed(self.taken_bytes, headers, wire_bytes):
            return None
        frame = request.frame
        size = self._ask(frame.page, request.url)
        if size is None and frame.parent_frame and self._has_own_process(frame):
            size = self._ask(frame, request.url)
        return size

    def _ask(self, place: Page | Frame, url: str) -> int | None:
        self._questions += 1
        if self._questions > MAX_QUESTIONS:
            raise PlaywrightError(NOT_ASKED)
        if place not in self._sessions:
            self._sessions[place] = self._context.new_cdp_session(place)
        try:
            tree = self._sessions[place].send("Page.getResourceTree")["frameTree"]
        except PlaywrightError:
            self._sessions.pop(place)  # the frame may live in another process by now
            raise
        return max((size for address, size in _sizes(tree) if address == url), default=None)

    def _has_own_process(self, frame: Frame) -> bool:
        if frame not in self._sessions:
            try:
                self._sessions[frame] = self._context.new_cdp_session(frame)
            except PlaywrightError:  # it is part of its parent's process
                return False
        return True


def can_exceed(limit_bytes: int, headers: dict[str, str], wire_bytes: int | None) -> bool:
    """Say whether an answer can be larger than a limit, by what it declares of itself."""
    if wire_bytes is None:
        return True
    codings = [coding.strip().lower() for coding in headers.get("content-encoding", "").split(",")]
    most = wire_bytes
    for coding in codings:
        if coding in ("", "identity"):
            continue
        if coding not in _DEFLATE:
            return True
        most *= DEFLATE_RATIO
    return most > limit_bytes


def _sizes(tree: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield address and decoded bytes of every resource of a page's frames that live in one process."""
    waiting = [tree]
    while waiting:
        branch = waiting.pop()
        for resource in branch["resources"]:
            yield resource["url"], int(resource.get("contentSize", 0))
        waiting += branch.get("childFrames", [])
