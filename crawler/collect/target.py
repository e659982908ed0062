"""What a collector looks at, and where it puts what it took."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from playwright.sync_api import Error as PlaywrightError

from crawler.collect.network.connections import Connections
from crawler.errors import CollectorError
from crawler.model.evidence import Artifact, ArtifactKind, CollectorFailure
from crawler.store import layout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import BrowserContext, CDPSession, Page
    from pydantic import BaseModel

    from crawler.lib.kept import Kept
    from crawler.lib.redact import Redactor
    from crawler.model.device import Device
    from crawler.settings import RunSettings
    from crawler.store.writer import BundleWriter


Item = TypeVar("Item")


@dataclass(frozen=True)
class Target:
    """One page at the end of one visit.

    Args:
        page: The page, with its context.
        number: 1 for the main page of the visit, then popups.
        cdp: A CDP session of the page.
        context: The browser context, for cookies and for sessions of frames.
        writer: Takes the artifacts.
        redactor: Hashes secrets.
        settings: Bounds on size.
        device: The device that the page is shown on.
        visit: Ordinal of the visit.
        folder: Folder of the visit inside the bundle, such as `data/stages/03-cart`.
        connections: Who answered, as the request recorder saw it.
        suspended: The page waits for the answer to a navigation; until then only the browser takes commands.
        taken: The artifacts so far.
        memo: What one collector read and another needs.
        sessions: Sessions of foreign frames, to be let go of.
        cuts: What bounds left out of the artifacts.
    """

    page: Page
    number: int
    cdp: CDPSession
    context: BrowserContext
    writer: BundleWriter
    redactor: Redactor
    settings: RunSettings
    device: Device
    visit: int
    folder: str
    connections: Connections = field(default_factory=Connections)
    suspended: bool = False
    taken: list[Artifact] = field(default_factory=list)
    memo: dict[str, Any] = field(default_factory=dict)
    sessions: list[CDPSession] = field(default_factory=list)
    cuts: list[CollectorFailure] = field(default_factory=list)

    @property
    def document(self) -> str:
        """Which document is captured, as `moment.document_of` names it; empty where that is not known."""
        return str(self.memo.get("document", ""))

    def path(self, name: str) -> str:
        """Return the path inside the bundle of an artifact of this page."""
        return layout.page_file(self.folder, self.number, name)

    def keep(self, kind: ArtifactKind, name: str, data: bytes) -> Artifact:
        """Write an artifact at once and return its record."""
        path = self.path(name)
        digest = self.writer.add(path, data, kind=kind, visit=self.visit, page=self.number)
        return self._took(kind, path, digest, len(data))

    def keep_json(self, kind: ArtifactKind, name: str, record: BaseModel) -> Artifact:
        """Write a record as JSON and return its artifact."""
        path = self.path(name)
        digest, size = self.writer.add_json(path, record, kind=kind, visit=self.visit, page=self.number)
        return self._took(kind, path, digest, size)

    def keep_records(self, kind: ArtifactKind, name: str, records: Sequence[BaseModel]) -> Artifact:
        """Write records as a JSON array and return its artifact."""
        lines = b",\n".join(record.model_dump_json().encode() for record in records)
        return self.keep(kind, name, b"[\n" + lines + b"\n]\n")

    def keep_text(self, kind: ArtifactKind, name: str, text: str) -> Artifact:
        """Write text as UTF-8; what UTF-8 cannot say (lone surrogates) becomes a question mark."""
        return self.keep(kind, name, text.encode("utf-8", "replace"))

    def bounded(self, kind: ArtifactKind, what: str, kept: Kept[Item]) -> tuple[Item, ...]:
        """Return what a bound kept; what it left out of an artifact is told among the visit's failures."""
        return kept.items(
            lambda count: self.cuts.append(CollectorFailure.left_out(kind, self.number, what, count))
        )

    def count(self, kind: ArtifactKind) -> int:
        """Return the number of the next artifact of a kind, from 1; those that were taken again count too."""
        numbers: dict[str, int] = self.memo.setdefault("numbers", {})
        numbers[kind] = numbers.get(kind, 0) + 1
        return numbers[kind]

    def disown(self, first: int) -> None:
        """Mark what was taken from the place `first` on as of no one moment: kept, and judged by nobody."""
        for place in range(first, len(self.taken)):
            self.taken[place] = self.taken[place].model_copy(update={"kind": "unsettled"})

    def emulate(self) -> None:
        """Give the capturing session the device's own metrics, once: it would see scale 1 without them."""
        if "emulated" not in self.memo and not self.suspended:
            size = self.page.viewport_size
            viewport = (size["width"], size["height"]) if size else None
            self.cdp.send("Emulation.setDeviceMetricsOverride", self.device.metrics(viewport))
            self.memo["emulated"] = True

    def isolated(self, expression: str) -> Any:
        """Evaluate JavaScript in a world of our own on the main frame and return its value.

        The page's own changes to built-in functions do not reach it. A promise is awaited; the expression
        must bound itself in time.

        Raises:
            CollectorError: the expression threw, or the page went away under it.
        """
        asked = {"expression": expression, "awaitPromise": True, "returnByValue": True}
        answer = self.cdp.send("Runtime.evaluate", self.in_our_world(asked))
        if "exceptionDetails" in answer:
            said = answer["exceptionDetails"].get("exception", {}).get("description", "no description")
            raise CollectorError(f"A script of the collector failed in the page: {said[:300]}")
        return answer["result"].get("value")

    def in_our_world(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return parameters of `Runtime.evaluate` for a world of our own on the main frame."""
        return {**asked, "contextId": self._world()}

    def release(self) -> None:
        """Let go of the sessions of foreign frames."""
        while self.sessions:
            with contextlib.suppress(PlaywrightError):  # gone with its frame
                self.sessions.pop().detach()

    def _world(self) -> int:
        if "world" not in self.memo:
            tree = self.cdp.send("Page.getFrameTree")
            frame = tree["frameTree"]["frame"]["id"]
            world = self.cdp.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "pantau"})
            self.memo["world"] = world["executionContextId"]
        return int(self.memo["world"])

    def _took(self, kind: ArtifactKind, path: str, digest: str, size: int) -> Artifact:
        artifact = Artifact(kind=kind, path=path, page=self.number, sha256=digest, bytes=size)
        self.taken.append(artifact)
        return artifact


def image_size(png: bytes) -> tuple[int, int]:
    """Return width and height in px from a PNG's header."""
    if png[:8] != b"\x89PNG\r\n\x1a\n" or len(png) < 24:
        raise CollectorError(f"The browser returned no picture ({hashlib.sha256(png).hexdigest()[:8]}).")
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
