"""Bodies, names and endings of requests, as they are kept."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from crawler.collect.plain import storable
from crawler.lib.kept import Kept, keep_first
from crawler.model.evidence import Body

if TYPE_CHECKING:
    from crawler.lib.redact import Redactor
    from crawler.store.writer import BundleWriter

# A body is redacted whole before it is cut, since a cut one cannot be taken apart; beyond this many times
# the limit it is not kept at all.
REDACT_FACTOR = 8
MAX_FIELDS = 500
MAX_NAME_CHARS = 200
MAX_URL_CHARS = 16_384
REDACTED = "redacted, so no hash of the wire bytes is kept"
TOO_LARGE = "too large to be redacted"
NO_BODY = Body(state="none")
SWITCHING_PROTOCOLS = 101  # inferred: the browser tells of a socket, not of its status

# When these come about the connection stood, so a server was there. Names are those of Chromium's net errors.
CONNECTED = (
    "net::ERR_CERT_",
    "net::ERR_CONNECTION_RESET",
    "net::ERR_CONTENT_",
    "net::ERR_EMPTY_RESPONSE",
    "net::ERR_HTTP2_",
    "net::ERR_INCOMPLETE_",
    "net::ERR_INVALID_HTTP_RESPONSE",
    "net::ERR_INVALID_RESPONSE",
    "net::ERR_RESPONSE_HEADERS_",
    "net::ERR_SSL_",
    "net::ERR_TOO_MANY_REDIRECTS",
)
BLOCKED = ("csp", "mixed-content", "net::ERR_BLOCKED_BY_", "inspector", "subresource-filter", "origin")

KEPT_TYPES = frozenset({"document", "xhr", "fetch", "script", "manifest", "eventsource", "ping", "other"})
MAX_ICON_BYTES = 2**20
MAX_MANIFEST_BYTES = 2**20
# How files of pictures begin; a browser looks at that, whatever type a server declares.
_PICTURES = (b"\x89PNG", b"\x00\x00\x01\x00", b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF")
_ICONS = ("image/", "application/octet-stream", "binary/")
_TEXTUAL = ("text/", "json", "javascript", "xml", "urlencoded", "graphql")
_NOT_KEPT = ("text/css", "image/", "font/", "video/", "audio/")


def is_picture(data: bytes, content_type: str) -> bool:
    """Say whether an answer can be a picture, by its type or by how it begins."""
    return content_type.strip().lower().startswith(_ICONS) or data.startswith(_PICTURES)


def keep_body(
    data: bytes, content_type: str, limit_bytes: int, redactor: Redactor, writer: BundleWriter
) -> tuple[Body, Kept[str]]:
    """Redact a body, keep it as a blob, and return how it was kept and the names of its fields.

    Args:
        data: The body as the browser gave it, content encoding undone.
        content_type: Its declared media type.
        limit_bytes: How much of it is kept.
        redactor: Hashes what is secret in it.
        writer: Takes the blob.
    """
    if not data:
        return Body(state="none", bytes=0), Kept(())
    if len(data) > REDACT_FACTOR * max(limit_bytes, 1):
        return Body(state="not kept", bytes=len(data), why=TOO_LARGE), Kept(())
    redacted, names = redactor.body(data, content_type)
    # A plain hash of a body with a short secret in it would let anybody try all secrets of that length.
    unchanged = redacted == data
    stored = writer.add_blob(redacted[:limit_bytes])
    state = Body(
        state="truncated" if len(redacted) > limit_bytes else "stored",
        bytes=len(data),
        sha256_wire=hashlib.sha256(data).hexdigest() if unchanged else None,
        sha256_stored=stored,
        why="" if unchanged else REDACTED,
    )
    return state, keep_first((storable(name, MAX_NAME_CHARS) for name in names), MAX_FIELDS)


def query_fields(url: str) -> Kept[str]:
    """Return the names of a URL's parameters, each once."""
    try:
        pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    except ValueError:
        return Kept(())
    return keep_first(dict.fromkeys(storable(name, MAX_NAME_CHARS) for name, _ in pairs), MAX_FIELDS)


def is_kept(resource_type: str, content_type: str) -> bool:
    """Say whether the body of a response is worth keeping: documents, data and scripts are."""
    kind = content_type.lower()
    if resource_type not in KEPT_TYPES or kind.startswith(_NOT_KEPT):
        return False
    return resource_type not in ("ping", "other") or any(part in kind for part in _TEXTUAL)


def declared_bytes(headers: dict[str, str]) -> int | None:
    """Return the declared length of a body, or None where the server names none."""
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() and len(length) < 16 else None
