"""Lines of the guard's own to targets of the browser: frames in other processes, workers, tabs.

Playwright for Python reaches no child of a session of its own. So a target is attached once more through the
browser's session, and messages to and from it travel inside messages of that session.
"""

from __future__ import annotations

import itertools
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from playwright.sync_api import Error as PlaywrightError

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import CDPSession

__all__ = ["CommandChannel", "Tunnel", "Tunnels", "let_go"]


class CommandChannel(Protocol):
    """Something that a command can be sent over."""

    def send(self, method: str, params: dict[str, Any] | None = None) -> Any:
        """Send a command."""


def let_go(line: CommandChannel, session: str) -> None:
    """End a session that holds a target at its start: the target starts when the last of them is ended."""
    with suppress(PlaywrightError):  # the target is gone, or what it belonged to
        line.send("Target.detachFromTarget", {"sessionId": session})


class Tunnel:
    """Sends commands to a target; what it answers is taken only where it was asked for.

    Scripts are numbered by the target itself, from 1 and in the order in which they are added, so that their
    identifiers are known without its answer.
    """

    def __init__(self, above: CommandChannel, session: str) -> None:
        self.session = session
        self._above = above
        self._numbers = itertools.count(1)
        self._scripts = itertools.count(1)
        self._asked: dict[int, Callable[[dict[str, Any]], None]] = {}
        self._hear: Callable[[str, dict[str, Any]], None] = lambda _method, _params: None
        self._gone: Callable[[], None] = lambda: None

    def listen(self, hear: Callable[[str, dict[str, Any]], None], gone: Callable[[], None]) -> None:
        """Call `hear` with name and parameters of each event, and `gone` when the target is no more."""
        self._hear, self._gone = hear, gone

    def send(self, method: str, params: dict[str, Any] | None = None) -> Any:
        """Send a command."""
        adds = method == "Page.addScriptToEvaluateOnNewDocument"
        answer = {"identifier": str(next(self._scripts))} if adds else {}
        self._send(next(self._numbers), method, params)
        return answer

    def ask(self, method: str, params: dict[str, Any], then: Callable[[dict[str, Any]], None]) -> None:
        """Send a command; `then` gets its result, empty where it failed."""
        number = next(self._numbers)
        self._asked[number] = then
        self._send(number, method, params)

    def take(self, message: dict[str, Any]) -> None:
        """Take an event or an answer from the target."""
        if "method" in message:
            self._hear(message["method"], message["params"])
            return
        then = self._asked.pop(message.get("id", 0), None)
        if then:
            then(message.get("result", {}))

    def end(self) -> None:
        """Say that the target is no more."""
        self._gone()

    def _send(self, number: int, method: str, params: dict[str, Any] | None) -> None:
        message = json.dumps({"id": number, "method": method, "params": params or {}})
        self._above.send("Target.sendMessageToTarget", {"sessionId": self.session, "message": message})


class Tunnels:
    """All tunnels through one session of the browser.

    Attributes:
        opened: Ids of the targets that a tunnel leads to, or is about to.
    """

    def __init__(self, session: CDPSession) -> None:
        self.opened: dict[str, str] = {}
        self._session = session
        self._ends: dict[str, Tunnel] = {}
        session.on("Target.receivedMessageFromTarget", self._on_message)
        session.on("Target.detachedFromTarget", self._on_detached)

    def open(self, target: str) -> Tunnel:
        """Open a tunnel to a target, by CDP's id.

        Raises:
            PlaywrightError: There is no such target any more.
        """
        self.opened[target] = ""
        try:
            attach = {"targetId": target, "flatten": False}
            session = self._session.send("Target.attachToTarget", attach)["sessionId"]
        except PlaywrightError:
            del self.opened[target]
            raise
        self.opened[target] = session
        tunnel = self._ends[session] = Tunnel(self._session, session)
        return tunnel

    def _on_message(self, event: dict[str, Any]) -> None:
        if event["sessionId"] in self._ends:
            self._ends[event["sessionId"]].take(json.loads(event["message"]))

    def _on_detached(self, event: dict[str, Any]) -> None:
        gone = self._ends.pop(event["sessionId"], None)
        if gone:
            self.opened = {
                target: session for target, session in self.opened.items() if session != gone.session
            }
            gone.end()
