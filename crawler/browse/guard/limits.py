"""What the guard goes by, and what it does not see: both stand in every bundle."""

from __future__ import annotations

import hashlib

from crawler.lib import words

LIMITS = (
    "unseen shop: what a shop does with a request is known from its documents or name; no order is absolute",
    "before the cart: until a cart, checkout or payment page is seen, only known orders are kept back",
    "allowed: what the scenario allows, and what is the same as a request before, is not judged further",
    "trusted script: a scenario is trusted code; ways past the browser are closed against accidents only",
    "datagrams: what is sent over WebTransport or WebRTC is not seen",
    "shared workers: sockets of shared and service workers are closed, and that is not recorded",
    "blank popup: a worker that a popup without an address starts at once goes unseen at first",
    "speculation: pages are not loaded ahead; contacts that only such loading makes are missing",
    "label: a picture without alternative text, or a label in a closed shadow root, is not read",
    "popup: what a popup's own script clicks or hears in its first milliseconds is stopped only as a request",
    "busy page: a page in an endless script takes the words of the next stage only when the script ends",
    "kill: if something else than Pantau kills the browser's driver, an order under way may still leave",
    "preflight: the CORS preflight of a refused request still goes out",
)


def words_sha256() -> str:
    """Return the SHA-256 over those of the guard's words and rules, and of the table of advances."""
    both = words.sha256("words/guard.toml") + words.sha256("words/advances.toml")
    return hashlib.sha256(both.encode()).hexdigest()
