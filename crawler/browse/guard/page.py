"""The guard inside pages: puts `guard.js` into an isolated world of every frame and hears what it stopped.

A page's own session does not reach its frames in other processes. They are attached through it, held until
the script is in, and let go; messages to and from them travel inside messages of the session above.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from crawler.browse.guard.tunnel import Tunnel
from crawler.browse.guard.workers import REPORT
from crawler.lib import words
from crawler.lib.text import drawn_letters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import BrowserContext, Page

    from crawler.browse.guard.tunnel import CommandChannel
    from crawler.browse.guard.workers import Sockets

__all__ = ["GuardedPage", "script"]

WORLD = "pantau-guard"
EVENTS = (
    "Runtime.bindingCalled",
    "Page.frameAttached",
    "Target.attachedToTarget",
    "Target.detachedFromTarget",
    "Target.receivedMessageFromTarget",
)


class GuardedPage:
    """One page with all its frames.

    Args:
        context: The context of the page.
        page: The page.
        told: Called with what the script in a frame reports.
        sockets: Holds the workers of frames in other processes.
    """

    def __init__(
        self,
        context: BrowserContext,
        page: Page,
        told: Callable[[dict[str, Any]], None],
        sockets: Sockets,
    ) -> None:
        self.page = page
        self.crashed = False
        self._context = context
        self._told = told
        self._sockets = sockets
        self._frames: _Frames | None = None
        self._wanted = self._standing = self._main = ""
        self._busy = False
        page.once("crash", self._on_crash)

    def stand(self, source: str) -> None:
        """Put the script into every frame there is and will be, in place of an older one.

        While an earlier call still waits for the page, the work is left to it.
        """
        self._wanted = source
        if self._busy:
            return
        self._busy = True
        try:
            while self._standing != self._wanted:
                wanted = self._wanted
                if self._frames:
                    self._frames.refresh(wanted)
                else:
                    self._install(wanted)
                self._standing = wanted
        finally:
            self._busy = False

    def holds(self, frame: str) -> bool:
        """Say whether a frame, by CDP's id, belongs to this page."""
        return self._frames is not None and self._frames.holds(frame)

    def is_main(self, frame: str) -> bool:
        """Say whether a frame is the page itself."""
        return frame == self._main

    def _install(self, source: str) -> None:
        session = self._context.new_cdp_session(self.page)
        frames = self._frames = _Frames(session, source, self._told, self._sockets)
        for event in EVENTS:
            session.on(event, frames.listener(event))
        frames.install()
        self._main = session.send("Target.getTargetInfo")["targetInfo"]["targetId"]
        frames.ids.add(self._main)

    def _on_crash(self, _: Page) -> None:
        self.crashed = True


class _Frames:
    """The frames of one process, and through them those of the processes below."""

    def __init__(
        self,
        line: CommandChannel,
        source: str,
        told: Callable[[dict[str, Any]], None],
        sockets: Sockets,
    ) -> None:
        self.ids: set[str] = set()
        self._line = line
        self._source = source
        self._told = told
        self._sockets = sockets
        self._below: dict[str, _Frames] = {}
        self._script: str | None = None

    def install(self) -> None:
        """Put the script in first of all; then have frames in other processes announced and held."""
        self._line.send("Page.enable")
        self._line.send("Runtime.enable")  # bindings are silent without it
        self._line.send("Runtime.addBinding", {"name": REPORT, "executionContextName": WORLD})
        self.refresh(self._source)
        attach = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": False}
        self._line.send("Target.setAutoAttach", {**attach, "filter": [{"type": "iframe"}]})

    def refresh(self, source: str) -> None:
        """Put in a new script; the old one goes only when the new one stands."""
        self._source = source
        old = self._script
        params = {"source": source, "worldName": WORLD, "runImmediately": True}
        answer = self._line.send("Page.addScriptToEvaluateOnNewDocument", params)
        self._script = answer["identifier"]
        if old:
            self._line.send("Page.removeScriptToEvaluateOnNewDocument", {"identifier": old})
        for below in list(self._below.values()):
            below.refresh(source)

    def holds(self, frame: str) -> bool:
        """Say whether a frame is one of these or below."""
        return frame in self.ids or any(below.holds(frame) for below in self._below.values())

    def listener(self, method: str) -> Callable[[dict[str, Any]], None]:
        """Return a handler for one kind of event."""
        return lambda params: self.hear(method, params)

    def hear(self, method: str, params: dict[str, Any]) -> None:
        """Take an event from these frames."""
        if method == "Runtime.bindingCalled" and params["name"] == REPORT:
            self._told(json.loads(params["payload"]))
        elif method == "Page.frameAttached":
            self.ids.add(params["frameId"])
        elif method == "Target.attachedToTarget":
            self._attach(params["sessionId"], params["targetInfo"]["targetId"])
        elif method == "Target.detachedFromTarget":
            self._below.pop(params["sessionId"], None)
        elif method == "Target.receivedMessageFromTarget" and params["sessionId"] in self._below:
            message = json.loads(params["message"])
            if "method" in message:
                self._below[params["sessionId"]].hear(message["method"], message["params"])

    def _attach(self, session: str, target: str) -> None:
        tunnel = Tunnel(self._line, session)
        below = self._below[session] = _Frames(tunnel, self._source, self._told, self._sockets)
        below.ids.add(target)
        below.install()
        self._sockets.hold_workers(target, lambda: tunnel.send("Runtime.runIfWaitingForDebugger"))


def script(stage: str, *, near: bool = False) -> str:
    """Return the script for a stage (empty before the first). Near an order it looks at no page any more."""
    config = json.dumps({"stage": stage, "near": near, "phrases": _phrases(), "letters": drawn_letters()})
    return _template().replace("REPORT", json.dumps(REPORT)).replace("CONFIG", config)


@cache
def _template() -> str:
    """Return `guard.js`; the words in capitals stand for what `script` puts in."""
    return files(__package__).joinpath("guard.js").read_text(encoding="utf-8")


@cache
def _phrases() -> list[dict[str, Any]]:
    return list(_read_phrases())


def _read_phrases() -> Iterator[dict[str, Any]]:
    for kind in ("commit", "advance", "hasty"):
        for entry in words.load("guard")[kind]:
            for word in entry["words"]:
                yield {
                    "word": word,
                    "kind": kind,
                    "match": entry["match"],
                    "controls": entry["controls"],
                    "stages": entry.get("stages", []),
                }
        for entry in words.load("guard").get(f"{kind}_pattern", []):
            yield {
                "word": _spelled(entry),
                "kind": kind,
                "match": "pattern" if entry["match"] == "start" else "pattern-whole",
                "controls": entry["controls"],
                "stages": entry.get("stages", []),
            }


def _spelled(entry: dict[str, Any]) -> str:
    """Return the pattern of an entry, the lists that it names by `{name}` put in."""
    lists = words.load("guard")["label_lists"]
    return str(re.sub(r"\{([a-z_]{2,})\}", lambda name: f"(?:{'|'.join(lists[name[1]])})", entry["pattern"]))
