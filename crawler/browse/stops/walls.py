"""Looks at a live page to tell whether it is a wall: its own document, the frames in it, what covers it.

Nothing here decides: `model/wall.py` does, by data. Every command to the page is bounded, a frame that does
not answer counts as not read, and a page that cannot be looked at is told by its address and status alone.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Error

from crawler.browse.chromium.cdp import BoundedSession
from crawler.model.page_facts import Field, PageFacts, ShownLine, Surface

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Page

LOOK_LIMIT_S = 3.0
MAX_FRAMES = 12
WORLD = "pantau-look"


def look(context: BrowserContext, page: Page, status: int | None, headers: dict[str, str]) -> PageFacts:
    """Return what a page is at this moment.

    Args:
        context: The browser context of the page.
        page: The page; it may be stuck or gone.
        status: HTTP status of its document, if known.
        headers: Headers of that answer, names in lower case.
    """
    session = None
    try:
        session = BoundedSession(context.new_cdp_session(page), LOOK_LIMIT_S)
        tree = session.send("Page.getFrameTree")["frameTree"]
        seen = _evaluate(session, tree["frame"]["id"])
        cookies = tuple(cookie["name"] for cookie in session.send("Network.getCookies")["cookies"])
        frames = (*_own_frames(session, tree), *_foreign_frames(context, page, session, seen))
    except (Error, LookupError, TypeError):
        return PageFacts(main=Surface(url=page.url, read=False), status=status, headers=headers)
    finally:
        _release(session)
    return PageFacts(
        main=_surface(seen["main"]),
        frames=frames[:MAX_FRAMES],
        covers=tuple(_surface(cover) for cover in seen["covers"]),
        status=status,
        content_type=seen["contentType"],
        headers=headers,
        cookies=cookies,
    )


def _own_frames(session: BoundedSession, tree: dict[str, Any]) -> Iterator[Surface]:
    """Yield the frames that live in the page's own process."""
    for child in list(_below(tree))[:MAX_FRAMES]:
        frame = child["frame"]
        try:
            share = _share(session, frame["id"])
            seen = _evaluate(session, frame["id"])["main"] if share else {}
        except (Error, LookupError, TypeError):
            yield Surface(url=frame.get("url", ""), share=0.0, read=False)
            continue
        yield _surface({**seen, "url": frame["url"], "share": share})


def _foreign_frames(
    context: BrowserContext, page: Page, session: BoundedSession, seen: dict[str, Any]
) -> Iterator[Surface]:
    """Yield the frames with a process of their own; one that does not answer is known by its address."""
    shares = {frame["url"]: frame["share"] for frame in seen["frames"]}
    for frame in page.frames[1 : MAX_FRAMES + 1]:
        try:
            opened = context.new_cdp_session(frame)
        except Error:
            continue  # it shares a process with its parent, and was seen there
        own = BoundedSession(opened, LOOK_LIMIT_S)
        share = shares.get(frame.url, 0.0)
        try:
            frame_id = own.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
            share = _share(session, frame_id)
            yield _surface({**_evaluate(own, frame_id)["main"], "url": frame.url, "share": share})
        except (Error, LookupError, TypeError):
            yield Surface(url=frame.url, share=share, read=False)
        finally:
            _release(own)


def _below(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for child in tree.get("childFrames", ()):
        yield child
        yield from _below(child)


def _share(session: BoundedSession, frame_id: str) -> float:
    """Return how much of the viewport a frame takes, 0 to 1."""
    session.send("DOM.enable")
    owner = session.send("DOM.getFrameOwner", {"frameId": frame_id})["backendNodeId"]
    try:
        quad = session.send("DOM.getBoxModel", {"backendNodeId": owner})["model"]["content"]
    except Error:
        return 0.0  # not laid out
    view = session.send("Page.getLayoutMetrics")["cssVisualViewport"]
    width = min(max(quad[0::2]), view["clientWidth"]) - max(min(quad[0::2]), 0)
    height = min(max(quad[1::2]), view["clientHeight"]) - max(min(quad[1::2]), 0)
    seen, whole = max(width, 0) * max(height, 0), view["clientWidth"] * view["clientHeight"]
    return float(seen) / float(max(whole, 1))


def _evaluate(session: BoundedSession, frame_id: str) -> dict[str, Any]:
    world = session.send("Page.createIsolatedWorld", {"frameId": frame_id, "worldName": WORLD})
    answer = session.send(
        "Runtime.evaluate",
        {"expression": _script(), "contextId": world["executionContextId"], "returnByValue": True},
    )
    seen: dict[str, Any] = answer["result"]["value"]
    return seen


def _surface(seen: dict[str, Any]) -> Surface:
    return Surface(
        url=seen.get("url", ""),
        title=seen.get("title", ""),
        lines=tuple(ShownLine(line["text"], line["place"]) for line in seen.get("lines", ())),
        fields=tuple(
            Field(field["type"], field["name"], field["framing"]) for field in seen.get("fields", ())
        ),
        pictures=seen.get("pictures", 0),
        paints=seen.get("paints", False),
        source=seen.get("source", ""),
        share=seen.get("share", 1.0),
    )


def _release(session: BoundedSession | None) -> None:
    if session is not None:
        try:
            session.detach()
        except Error:
            return  # gone with its page


@cache
def _script() -> str:
    return files(__package__).joinpath("look.js").read_text(encoding="utf-8")
