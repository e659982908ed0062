"""What sites keep in the browser: cookies and storage by name, with a keyed hash in place of each value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from crawler.collect.dom import snapshot
from crawler.collect.plain import storable
from crawler.lib.kept import keep_first
from crawler.model.evidence import Artifact, CollectorFailure, StoredItem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from playwright.sync_api import CDPSession

    from crawler.collect.target import Target

MAX_ITEMS = 5_000
# What is longer is a document, not an identifier: it is hashed, but not looked for elsewhere.
MAX_LEARN_CHARS = 512
_COOKIE_FACTS = ("path", "expires", "httpOnly", "secure", "sameSite", "partitionKey")


class Storage:
    """Reads cookies and the storage of all frames, from the browser rather than from the page's scripts."""

    id = "storage"

    def collect(self, target: Target) -> tuple[Artifact, ...]:
        """Take `storage.json`; every value is known to the redactor from here on."""
        items = [_cookie(target, cookie) for cookie in target.context.cookies()]
        seen: set[str] = set()
        for document, session in zip(*_frames(target), strict=True):
            items += _stored(target, session, document, seen)
        return (
            target.keep_records(
                "storage", "storage.json", target.bounded("storage", "entries", keep_first(items, MAX_ITEMS))
            ),
        )


def _frames(target: Target) -> tuple[list[str], list[CDPSession]]:
    page = snapshot.read_documents(target)
    return [document.frame.frame_id for document in page.documents], list(page.sessions)


def _cookie(target: Target, cookie: Mapping[str, Any]) -> StoredItem:
    facts = {name: cookie[name] for name in _COOKIE_FACTS if cookie.get(name) is not None}
    return StoredItem(
        area="cookie",
        origin=storable(cookie["domain"]),
        name=_storable_name(target, cookie["name"]),
        value_hash=_hash(target, cookie["value"]),
        attributes=facts,
    )


def _stored(target: Target, session: CDPSession, frame_id: str, seen: set[str]) -> Iterator[StoredItem]:
    """Yield what a frame's storage key holds, once for each key. A frame without one keeps nothing."""
    key = _ask(target, session, "Storage.getStorageKey", {"frameId": frame_id}).get("storageKey", "")
    if not key or key in seen:
        return
    seen.add(key)
    origin = storable(_origin(key))
    for area, local in (("localStorage", True), ("sessionStorage", False)):
        query = {"storageId": {"storageKey": key, "isLocalStorage": local}}
        for name, value in _ask(target, session, "DOMStorage.getDOMStorageItems", query).get("entries", []):
            yield _item(target, area, origin, name, key=key, value=value)
    for name in _ask(target, session, "IndexedDB.requestDatabaseNames", {"storageKey": key}).get(
        "databaseNames", []
    ):
        yield _item(target, "indexedDB", origin, name, key=key)
    for cache in _ask(target, session, "CacheStorage.requestCacheNames", {"storageKey": key}).get(
        "caches", []
    ):
        yield _item(target, "cacheStorage", origin, cache["cacheName"], key=key)


def _item(
    target: Target, area: Any, origin: str, name: str, *, key: str, value: str | None = None
) -> StoredItem:
    return StoredItem(
        area=area,
        origin=origin,
        name=_storable_name(target, name),
        value_hash=_hash(target, value) if value is not None else None,
        attributes={"storage_key": storable(key, 500)} if key.rstrip("/") != origin else {},
    )


def _ask(target: Target, session: CDPSession, method: str, query: dict[str, Any]) -> dict[str, Any]:
    """Return the browser's answer, nothing where the frame has no such storage; silence is told."""
    try:
        return session.send(method, query)
    except PlaywrightTimeout:
        silent = CollectorFailure.left_out("storage", target.number, f"answers to {method}", 1)
        target.cuts.append(silent)
        return {}
    except PlaywrightError:
        return {}


def _hash(target: Target, value: str) -> str:
    value = storable(value)
    return target.redactor.learn(value) if len(value) <= MAX_LEARN_CHARS else target.redactor.value(value)


def _storable_name(target: Target, name: str) -> str:
    return storable(target.redactor.text(name), 300)


def _origin(key: str) -> str:
    """Return the origin of a storage key, which may be partitioned by the top site."""
    parts = urlsplit(key.split("^", 1)[0])
    return f"{parts.scheme}://{parts.netloc}"
