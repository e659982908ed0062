"""Every document of a page, read once: the page's own process and that of each foreign frame.

The browser answers from the layout tree, so closed shadow roots and generated content are in it, and nothing
runs in the page. Reading is shared by the collectors of text, frames, forms and HTML.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Error as PlaywrightError

from crawler.collect.dom.document import STYLES, Document, Frame
from crawler.errors import CollectorError
from crawler.model.evidence import CssBox

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession
    from playwright.sync_api import Frame as PlaywrightFrame

    from crawler.collect.target import Target

MAX_FOREIGN = 100
MAX_FRAMES = 2_000  # to ask whether a frame has a process of its own costs the driver about a millisecond
FRAME_ANSWER_LIMIT_MS = 2_000.0
MAX_SNAPSHOT_NODES = 400_000


@dataclass(frozen=True)
class Snapshot:
    """The documents of a page by frame number, the session each belongs to, and frames that kept silent."""

    documents: tuple[Document, ...]
    sessions: tuple[CDPSession, ...]
    unread: tuple[str, ...]


def read_documents(target: Target) -> Snapshot:
    """Return the page's documents; read at the first call for a target.

    Raises:
        CollectorError: the main frame cannot be read.
    """
    if "snapshot" not in target.memo:
        target.memo["snapshot"] = _Reader(target).run()
    snapshot: Snapshot = target.memo["snapshot"]
    return snapshot


def forget(target: Target) -> None:
    """Let the documents be read again at the next call: the page has changed."""
    target.memo.pop("snapshot", None)
    target.release()


class _Reader:
    def __init__(self, target: Target) -> None:
        self._target = target
        self._documents: list[Document] = []
        self._sessions: list[CDPSession] = []
        self._unread: list[str] = []
        self._roots: dict[PlaywrightFrame, CDPSession] = {}

    def run(self) -> Snapshot:
        page = self._target.page
        self._roots[page.main_frame] = self._target.cdp
        self._process(self._target.cdp, parent=None, box=None, owner={})
        frames = page.frames[1:]
        for frame in frames[:MAX_FRAMES]:
            self._frame(frame)
        self._unread += [frame.url for frame in frames[MAX_FRAMES:]]
        return Snapshot(tuple(self._documents), tuple(self._sessions), tuple(self._unread))

    def _frame(self, frame: PlaywrightFrame) -> None:
        """Read a frame that lives in another process. One that does not is part of its parent's snapshot."""
        try:
            session = self._target.context.new_cdp_session(frame)
        except PlaywrightError:
            if not frame.is_detached():
                self._local(frame)
            return
        if len(self._target.sessions) >= MAX_FOREIGN:
            self._unread.append(frame.url)
            return  # its session goes with it: whether it answers, and can be let go of, is not known
        self._foreign(frame, session)

    def _foreign(self, frame: PlaywrightFrame, session: CDPSession) -> None:
        try:
            frame.locator(":root").wait_for(state="attached", timeout=FRAME_ANSWER_LIMIT_MS)
            self._target.sessions.append(session)  # one that does not answer cannot be let go of either
            self._roots[frame] = session
            parent, box, owner = self._owner(frame, session)
            self._process(session, parent=parent, box=box, owner=owner)
        except (PlaywrightError, CollectorError):
            self._unread.append(frame.url)

    def _local(self, frame: PlaywrightFrame) -> None:
        """Name a frame as unread whose own parent's process could not be read."""
        root = frame
        while root.parent_frame and root not in self._roots:
            root = root.parent_frame
            if root.url in self._unread and root not in self._roots:
                self._unread.append(frame.url)
                return

    def _owner(
        self, frame: PlaywrightFrame, session: CDPSession
    ) -> tuple[int | None, CssBox | None, dict[str, str]]:
        """Return which frame holds a foreign frame, where its content lies on the page, and its owner."""
        above = frame.parent_frame
        while above and above not in self._roots:
            above = above.parent_frame
        holder = self._roots[above] if above else self._target.cdp
        frame_id = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
        holder.send("DOM.enable")
        backend = holder.send("DOM.getFrameOwner", {"frameId": frame_id})["backendNodeId"]
        for document, own in zip(self._documents, self._sessions, strict=True):
            if own is holder and backend in document.backend:
                node = document.backend.index(backend)
                return document.frame.number, _content(holder, document, node), document.attributes(node)
        return None, None, {}

    def _process(
        self, session: CDPSession, *, parent: int | None, box: CssBox | None, owner: dict[str, str]
    ) -> None:
        """Read the documents of one process: the first is the frame itself, the others lie in it."""
        answer = session.send("DOMSnapshot.captureSnapshot", {"computedStyles": list(STYLES)})
        raw, strings = answer["documents"], answer["strings"]
        if sum(len(document["nodes"]["nodeType"]) for document in raw) > MAX_SNAPSHOT_NODES:
            raise CollectorError(f"The page has more than {MAX_SNAPSHOT_NODES} nodes.")
        places: dict[int, tuple[int | None, CssBox | None, dict[str, str]]] = {0: (parent, box, owner)}
        for index, entry in enumerate(raw):
            where = places.get(index, (None, None, {}))
            document = self._add(entry, strings, where, session)
            for node, child in document.children_documents.items():
                content = _content(session, document, node)
                places[child] = (document.frame.number, content, document.attributes(node))

    def _add(
        self,
        raw: dict[str, Any],
        strings: list[str],
        where: tuple[int | None, CssBox | None, dict[str, str]],
        session: CDPSession,
    ) -> Document:
        parent, box, owner = where
        frame = Frame(len(self._documents), parent, strings[raw["frameId"]], box, owner)
        document = Document(raw, strings, frame)
        self._documents.append(document)
        self._sessions.append(session)
        return document


def _content(session: CDPSession, document: Document, node: int) -> CssBox | None:
    """Return the content box on the page of a frame's element: its box without border and padding."""
    box = document.box(node)
    if box is None:
        return None
    try:
        session.send("DOM.enable")
        model = session.send("DOM.getBoxModel", {"backendNodeId": document.backend[node]})["model"]
    except PlaywrightError:
        return box
    border, content = model["border"], model["content"]
    left, top = content[0] - border[0], content[1] - border[1]
    width, height = content[4] - content[0], content[5] - content[1]
    return CssBox(round(box.x + left, 1), round(box.y + top, 1), round(width, 1), round(height, 1))
