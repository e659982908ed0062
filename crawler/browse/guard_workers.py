"""The guard over WebSockets, which the browser's own interception never sees.

Sockets of pages go through Playwright's `route_web_socket`: they are let be, and each message is judged
before it goes out. Workers are held at their start until `worker_socket.js` is in. Shared and service workers
belong to no page; they are reached through the browser. A service worker may have begun by then: what it
sends from there on is judged all the same.
"""

from __future__ import annotations

import base64
import itertools
import json
import re
from contextlib import suppress
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Error as PlaywrightError

from crawler.browse.guard_call import SOCKET, Call

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import BrowserContext, CDPSession, WebSocketRoute

__all__ = ["Sockets", "Worker", "message_call"]

REPORT = "pantauReport"
RELEASE = "pantauRelease"
BEYOND_PAGES = ("shared_worker", "service_worker")


class Worker:
    """One worker, and the workers that it starts.

    Args:
        line: Sends commands to it; answers are not waited for.
        judge: Says whether a message may leave: the address of its socket, its bytes or None if not known.
    """

    def __init__(self, line: Any, judge: Callable[[str, bytes | None], bool]) -> None:
        self._line, self._judge = line, judge
        self._below: dict[str, Worker] = {}

    def install(self) -> None:
        """Put the script in, have workers below announced and held, and let it start."""
        self._line.send("Runtime.enable")
        self._line.send("Runtime.addBinding", {"name": REPORT})
        self._line.send("Runtime.evaluate", {"expression": worker_script()})
        attach = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": False}
        self._line.send("Target.setAutoAttach", {**attach, "filter": [{"type": "worker"}]})
        self.release()

    def release(self) -> None:
        """Let it start."""
        self._line.send("Runtime.runIfWaitingForDebugger")

    def refresh(self, _: str) -> None:
        """A worker has no words: there is nothing to put in anew."""

    def holds(self, _: str) -> bool:
        """Say whether a frame belongs to it: none does."""
        return False

    def hear(self, method: str, params: dict[str, Any]) -> None:
        """Take an event from the worker."""
        if method == "Runtime.bindingCalled" and params["name"] == REPORT:
            self._decide(json.loads(params["payload"]))
        elif method == "Inspector.targetReloadedAfterCrash":
            self.install()  # begun again under the same name, as service workers are all the time
        elif method == "Target.attachedToTarget":
            line = Tunnel(self._line, params["sessionId"])
            below = self._below[params["sessionId"]] = Worker(line, self._judge)
            below.install()
        elif method == "Target.receivedMessageFromTarget" and params["sessionId"] in self._below:
            message = json.loads(params["message"])
            if "method" in message:
                self._below[params["sessionId"]].hear(message["method"], message["params"])

    def _decide(self, told: dict[str, Any]) -> None:
        body = base64.b64decode(told["body"]) if told["body"] is not None else None
        leaves = json.dumps(self._judge(str(told["url"]), body))
        expression = f"globalThis[{json.dumps(RELEASE)}]({int(told['number'])}, {leaves})"
        with suppress(PlaywrightError):  # the worker is gone, and its message with it
            self._line.send("Runtime.evaluate", {"expression": expression})


class Tunnel:
    """Sends commands to a target through the session above it; answers are not waited for.

    Scripts are numbered by the target itself, from 1 and in the order in which they are added, so that their
    identifiers are known without its answer.
    """

    def __init__(self, above: Any, session: str) -> None:
        self._above = above
        self._session = session
        self._numbers = itertools.count(1)
        self._scripts = itertools.count(1)

    def send(self, method: str, params: dict[str, Any] | None = None) -> Any:
        """Send a command."""
        adds = method == "Page.addScriptToEvaluateOnNewDocument"
        answer = {"identifier": str(next(self._scripts))} if adds else {}
        message = json.dumps({"id": next(self._numbers), "method": method, "params": params or {}})
        self._above.send("Target.sendMessageToTarget", {"sessionId": self._session, "message": message})
        return answer


class Sockets:
    """The sockets of pages, and the workers that belong to no page.

    Args:
        judge: Judges a message.
        unreached: Called with the kind of a worker that the script could not be put into.
    """

    def __init__(self, judge: Callable[[str, bytes | None], bool], unreached: Callable[[str], None]) -> None:
        self._judge, self._unreached = judge, unreached
        self._workers: dict[str, Worker] = {}
        self._known: dict[str, str] = {}
        self._session: CDPSession | None = None

    def stand(self, context: BrowserContext, session: CDPSession) -> None:
        """Stand before the first page; `session` is one of the browser's own."""
        self._session = session
        context.route_web_socket(re.compile(""), self._opened)
        session.on("Target.targetCreated", self._created)
        session.on("Target.attachedToTarget", self._held)
        session.on("Target.receivedMessageFromTarget", self._heard)
        kinds = [{"type": kind} for kind in BEYOND_PAGES]
        held = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True}
        session.send("Target.setAutoAttach", {**held, "filter": kinds})
        session.send("Target.setDiscoverTargets", {"discover": True, "filter": kinds})

    def _opened(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def said(message: str | bytes) -> None:
            body = message.encode("utf-8", "surrogatepass") if isinstance(message, str) else message
            if self._judge(socket.url, body):
                server.send(message)

        socket.on_message(said)

    def _created(self, event: dict[str, Any]) -> None:
        info = event["targetInfo"]
        if info["type"] not in BEYOND_PAGES or info["targetId"] in self._known:
            return
        assert self._session is not None
        self._known[info["targetId"]] = ""
        try:
            attach = {"targetId": info["targetId"], "flatten": False}
            ident = self._session.send("Target.attachToTarget", attach)["sessionId"]
            worker = self._workers[ident] = Worker(Tunnel(self._session, ident), self._judge)
            self._known[info["targetId"]] = ident
            worker.install()
        except PlaywrightError:
            self._unreached(info["type"])

    def _held(self, event: dict[str, Any]) -> None:
        """Let a worker start that was announced before it was held, else it would wait for ever."""
        self._created(event)
        ident = self._known.get(event["targetInfo"]["targetId"], "")
        if ident:
            with suppress(PlaywrightError):
                self._workers[ident].release()

    def _heard(self, event: dict[str, Any]) -> None:
        message = json.loads(event["message"])
        if event["sessionId"] in self._workers and "method" in message:
            self._workers[event["sessionId"]].hear(message["method"], message["params"])


def message_call(url: str, body: bytes | None) -> Call:
    """Return a message over a WebSocket as a request that the guard can judge."""
    text = body.decode("utf-8", "replace") if body is not None else ""
    framed = re.match(r"\d{1,4}(/[\w/-]*,)?(?=[\[{\"])", text)  # Engine.IO and Socket.IO
    inner = text[framed.end() :].encode() if framed else body
    return Call(SOCKET, re.sub(r"^ws", "http", url), "WebSocket", "text/plain", inner)


@cache
def worker_script() -> str:
    """Return `worker_socket.js` with its names put in."""
    text = files(__package__).joinpath("worker_socket.js").read_text(encoding="utf-8")
    return text.replace("REPORT", json.dumps(REPORT)).replace("RELEASE", json.dumps(RELEASE))
