"""The guard over WebSockets, which the browser's own interception never sees.

Sockets of pages go through Playwright's `route_web_socket`: they are let be, and each message is judged
before it goes out. Dedicated workers are held at their start until `worker_socket.js` is in: one starts when
the last session that waits for it is done, and Playwright's own is never the last. One in which the script
does not stand is not let go. Service and shared workers cannot be held: Playwright leaves them at once, and
that starts them. Their sockets are closed by a policy that is put beside their script (`NO_SOCKETS`); scripts
of shared workers are known by a mark (`shared_worker.js`), and one from a blob or data address is refused.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from functools import cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Error as PlaywrightError

from crawler.browse.guard.call import SOCKET, Call
from crawler.browse.guard.tunnel import CommandChannel, Tunnel, Tunnels, let_go

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import BrowserContext, CDPSession, WebSocketRoute

__all__ = ["HOLDING", "NO_SOCKETS", "REPORT", "Sockets", "closes_sockets", "message_call"]

REPORT = "pantauReport"
TABS_AND_FRAMES = ("page", "iframe")
# A session must be flattened to hold a worker against Playwright's own; Chromium 156.
HOLDING = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True}
# All that a script may connect to but sockets; of a policy by itself and one of the shop's both hold.
NO_SOCKETS = "connect-src http: https: data: blob: filesystem:"
MARK = "pantau-shared"


class _Held:
    """A worker that is held until it is ready, or the tab or frame that workers belong to.

    Args:
        kind: CDP's name of its kind.
        sockets: What it belongs to.
    """

    def __init__(self, kind: str, sockets: Sockets) -> None:
        self.kind = kind
        self.ready = False
        self._sockets = sockets
        self._line: Tunnel | None = None
        self._release = ""
        self._holds: list[Callable[[], None]] = []

    def install(self, line: Tunnel) -> None:
        """Have workers below announced and held; put the script into a worker."""
        self._line = line
        below = {**HOLDING, "filter": [{"type": "worker"}]}
        if self.kind in TABS_AND_FRAMES:
            line.ask("Target.setAutoAttach", below, lambda _: self._stands())
            return
        line.send("Runtime.enable")
        line.send("Runtime.addBinding", {"name": REPORT})
        line.send("Target.setAutoAttach", below)
        line.ask("Runtime.evaluate", {"expression": worker_script()}, self._evaluated)

    def let_go_when_ready(self, hold: Callable[[], None]) -> None:
        """End a session that holds it, now or as soon as it is ready."""
        if self.ready:
            hold()
        else:
            self._holds.append(hold)

    def hear(self, method: str, params: dict[str, Any]) -> None:
        """Take an event from it."""
        assert self._line is not None
        if method == "Runtime.bindingCalled" and params["name"] == REPORT:
            self._decide(json.loads(params["payload"]))
        elif method == "Target.attachedToTarget":
            self._sockets.announced(self._line, params)

    def _evaluated(self, answer: dict[str, Any]) -> None:
        made = answer.get("result", {})
        self._release = made.get("objectId", "")
        if self._release and made["type"] == "function":
            self._stands()
        else:
            self._sockets.unreached(self.kind)

    def _stands(self) -> None:
        self.ready = True
        while self._holds:
            self._holds.pop()()

    def _decide(self, told: dict[str, Any]) -> None:
        body = told["body"].encode("latin-1") if told["body"] is not None else None
        leaves = self._sockets.judge(str(told["url"]), body)
        call = {
            "objectId": self._release,
            "functionDeclaration": "function (number, leaves) { this(number, leaves) }",
            "arguments": [{"value": int(told["number"])}, {"value": leaves}],
        }
        assert self._line is not None
        with suppress(PlaywrightError):  # the worker is gone, and its message with it
            self._line.send("Runtime.callFunctionOn", call)


class Sockets:
    """The sockets of pages and workers.

    Args:
        judge: Says whether a message may leave: the address of its socket, its bytes or None if not known.
        unreached: Called with the kind of a worker that the script could not be put into before it began.

    Attributes:
        tunnels: Lines to targets; there once it stands.
    """

    def __init__(self, judge: Callable[[str, bytes | None], bool], unreached: Callable[[str], None]) -> None:
        self.judge, self.unreached = judge, unreached
        self.tunnels: Tunnels
        self._held: dict[str, _Held] = {}
        self._session: CDPSession | None = None

    def stand(self, context: BrowserContext, session: CDPSession) -> None:
        """Stand before the first page; `session` is one of the browser's own."""
        self._session = session
        self.tunnels = Tunnels(session)
        context.route_web_socket(re.compile(""), self._opened)
        context.add_init_script(_script("shared_worker.js", MARK=MARK))
        session.on("Target.attachedToTarget", self._on_attached)
        # Tabs are told of and not held: a hold would keep Playwright from a new tab, and what is opened in it
        # waits for `pending` anyway.
        told = {**HOLDING, "waitForDebuggerOnStart": False, "filter": [{"type": "page"}]}
        session.send("Target.setAutoAttach", told)

    @property
    def pending(self) -> bool:
        """Say whether a tab was opened of which workers are not held yet."""
        return any(held.kind == "page" and not held.ready for held in self._held.values())

    def announced(self, line: CommandChannel, event: dict[str, Any]) -> None:
        """Take a target that was attached over a line; it is held if it waits, and late if it does not."""
        info = event["targetInfo"]
        known = info["targetId"] in self._held  # a worker of a new tab is announced anew
        if info["type"] not in TABS_AND_FRAMES and not known and not event["waitingForDebugger"]:
            self.unreached(info["type"])
        self._hold(info["targetId"], info["type"], partial(let_go, line, event["sessionId"]))

    def hold_workers(self, frame: str, then: Callable[[], None]) -> None:
        """Have the workers of a frame in another process held; `then` is called as soon as they are."""
        self._hold(frame, "iframe", then)

    def _hold(self, target: str, kind: str, then: Callable[[], None]) -> None:
        known = self._held.get(target)
        held = self._held[target] = known or _Held(kind, self)
        held.let_go_when_ready(then)
        if known is None:
            self._open(target, held)

    def _open(self, target: str, held: _Held) -> None:
        try:
            tunnel = self.tunnels.open(target)
            tunnel.listen(held.hear, lambda: self._forget(target))
            held.install(tunnel)
        except PlaywrightError:  # gone before it started; were it not, it would be held on
            self._forget(target)

    def _forget(self, target: str) -> None:
        self._held.pop(target, None)

    def _on_attached(self, event: dict[str, Any]) -> None:
        """The browser's session is told of its own tunnels too: they wait for nothing."""
        assert self._session is not None
        if event["waitingForDebugger"] or event["targetInfo"]["targetId"] not in self.tunnels.opened:
            self.announced(self._session, event)

    def _opened(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def said(message: str | bytes) -> None:
            body = message.encode("utf-8", "surrogatepass") if isinstance(message, str) else message
            if self.judge(socket.url, body):
                server.send(message)

        socket.on_message(said)


def message_call(url: str, body: bytes | None) -> Call:
    """Return a message over a WebSocket as a request that the guard can judge."""
    text = body.decode("utf-8", "replace") if body is not None else ""
    framed = re.match(r"\d{1,4}(/[\w/-]*,)?(?=[\[{\"])", text)  # Engine.IO and Socket.IO
    inner = text[framed.end() :].encode() if framed else body
    return Call(SOCKET, re.sub(r"^ws", "http", url), "WebSocket", "text/plain", inner)


def closes_sockets(request: dict[str, Any]) -> bool:
    """Say whether a paused request is for the script of a shared or service worker."""
    return MARK in request.get("urlFragment", "") or any(
        name.lower() == "service-worker" for name in request["headers"]
    )


def worker_script() -> str:
    """Return `worker_socket.js` with its name put in."""
    return _script("worker_socket.js", REPORT=REPORT)


@cache
def _script(name: str, **names: str) -> str:
    """Return a script with its names put in."""
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    for placeholder, value in names.items():
        text = text.replace(placeholder, json.dumps(value))
    return text
