"""Requests that the browser pauses (CDP: Fetch): which ones, what they say, and how one is kept back."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from crawler.browse.guard.call import Call
from crawler.browse.guard.orders import watched

__all__ = ["bare", "call_of", "path_of", "patterns", "refusal"]

# Kinds of request, by CDP's names, that scripts, forms and links can send with any method.
PAUSED = ("Document", "XHR", "Fetch", "Ping", "Other", "CSPViolationReport", "EventSource")
PREFLIGHT_HEADER = "access-control-request-method"  # no script can set it (Fetch standard, forbidden names)
METHOD_HEADERS = ("x-http-method-override", "x-method-override", "x-http-method")


def call_of(event: dict[str, Any]) -> Call:
    """Return a paused request as the guard looks at it."""
    request = event["request"]
    headers = {name.lower(): value for name, value in request["headers"].items()}
    return Call(
        method=request["method"].upper(),
        url=request["url"],
        type=event["resourceType"],
        content_type=headers.get("content-type", ""),
        body=_body(request),
        encoding=headers.get("content-encoding", ""),
        override=next((headers[name] for name in METHOD_HEADERS if headers.get(name)), ""),
        preflight=request["method"] == "OPTIONS" and PREFLIGHT_HEADER in headers,
    )


def patterns() -> list[dict[str, str]]:
    """Return what is paused: every kind of request that can change state, and any whose address may order.

    Pictures, scripts, style sheets and fonts are let be, so that cache and speed of a page stay as they are.
    """
    kinds = [{"urlPattern": "*", "resourceType": kind} for kind in PAUSED]
    return [*kinds, *({"urlPattern": pattern} for pattern in watched())]


def refusal(event: dict[str, Any], *, stays: bool) -> tuple[str, dict[str, Any]]:
    """Return the command that keeps a request back.

    A document is answered with 204 (No Content): its page stays as it was, and can be captured. In a window
    that is just being opened there is none that could stay, and without an error it would never be told of.
    """
    held = {"requestId": event["requestId"]}
    if stays and event["resourceType"] == "Document":
        return "Fetch.fulfillRequest", {**held, "responseCode": 204}
    return "Fetch.failRequest", {**held, "errorReason": "BlockedByClient"}


def path_of(url: str) -> str:
    """Return the folded path of an address."""
    return Call("GET", url).path


def _body(request: dict[str, Any]) -> bytes | None:
    """Return the body: empty without one, None where a part of it is not shown, as with streams."""
    if not request.get("hasPostData"):
        return b""
    parts = [entry.get("bytes") for entry in request.get("postDataEntries", [])]
    if not parts or None in parts:
        return request["postData"].encode() if request.get("postData") else None
    return b"".join(base64.b64decode(part) for part in parts)


def bare(url: str) -> str:
    """Return an address without user, query and fragment, which may hold secrets."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
