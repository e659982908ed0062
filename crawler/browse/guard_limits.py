"""What the guard goes by, and what it does not see: both stand in every bundle."""

from __future__ import annotations

from crawler.lib import words

LIMITS = (
    "websocket: orders sent over a WebSocket, WebTransport or WebRTC are not seen",
    "address: an order request whose address holds none of the watched words is not seen",
    "encoding: an encrypted, compressed or private body is not understood; its address alone decides",
    "label: a picture without alternative text, or a label in a closed shadow root, is not read",
    "popup: what a popup's own script clicks or hears in its first milliseconds is stopped only as a request",
    "busy page: a page in an endless script takes the words of the next stage only when the script ends",
    "kill: if something else than Pantau kills the browser's driver, an order under way may still leave",
    "preflight: the CORS preflight of a refused request still goes out",
)


def words_sha256() -> str:
    """Return the SHA-256 of the guard's words and request rules."""
    return words.sha256("words/guard.toml")
