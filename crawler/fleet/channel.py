"""Delivers one digest to one channel, or asks for one ping address: `python -m crawler.fleet.channel`.

It runs as a process of its own, so that a channel that drips, hangs or breaks costs its time limit and no
more. What to send comes by standard input, because an address may hold secrets; one JSON object goes out:
`{"why": null}` where it was delivered, else `{"why": {"id": …, "params": {…}}}`.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import urllib.error
import urllib.request
from typing import Any

import apprise

_ANSWER = re.compile(
    r"error[=: ]+(\d{3})\b|\bHTTP (?:Error )?(\d{3})\b|\bstatus[=: ]+(\d{3})\b", re.IGNORECASE
)
_SMTP_ANSWER = re.compile(r"\((\d{3}), b")
_SLOW = re.compile(r"timed? ?out", re.IGNORECASE)
_AWAY = re.compile(
    r"refused|unreachable|resol|name or service|getaddrinfo|reset by peer|closed|aborted|connection error",
    re.IGNORECASE,
)


def main() -> int:
    """Do what standard input asks for and print what came of it."""
    asked = json.load(sys.stdin)
    why = (
        ping(asked["url"], asked["timeout_s"])
        if asked["ping"]
        else deliver(**asked["digest"], url=asked["url"])
    )
    print(json.dumps({"why": why}))  # noqa: T201 - the one line that the parent process reads
    return 0


def deliver(*, url: str, title: str, body: str) -> dict[str, Any] | None:
    """Send a digest through Apprise; return None where all of it was taken, else why not."""
    channel = apprise.Apprise.instantiate(_splitting(url), suppress_exceptions=True)
    if channel is None:
        return _why("bad-address")
    captured = apprise.LogCapture(level=logging.DEBUG)  # type: ignore[no-untyped-call]  # it - has no types
    with captured as said:
        sender = apprise.Apprise()
        sender.add(channel)
        taken = sender.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT)
        return None if taken else reason(said.getvalue())


def ping(url: str, timeout_s: float) -> dict[str, Any] | None:
    """Ask for an address and read no more than its status; return None where that is 2xx, else why not."""
    if not url.startswith(("http://", "https://")):
        return _why("bad-address")
    try:
        with urllib.request.urlopen(url, timeout=timeout_s):  # noqa: S310 - the scheme was looked at
            return None
    except urllib.error.HTTPError as error:
        return _why("status", status=str(error.code))
    except (OSError, ValueError) as error:  # an URLError is an OSError
        return reason(str(error))


def reason(said: str) -> dict[str, Any]:
    """Return why something was not delivered, from what a library said; its words are never passed on."""
    answer = _ANSWER.search(said) or _SMTP_ANSWER.search(said)
    if answer:
        return _why("status", status=next(group for group in answer.groups() if group))
    if _SLOW.search(said):
        return _why("timeout")
    return _why("unreachable" if _AWAY.search(said) else "not-taken")


def _splitting(url: str) -> str:
    """Let a digest that is too long for a channel arrive in parts, unless the address says otherwise."""
    if re.search(r"[?&]overflow=", url, re.IGNORECASE):
        return url
    return f"{url}{'&' if '?' in url else '?'}overflow=split"


def _why(name: str, **params: str) -> dict[str, Any]:
    return {"id": f"channel.{name}", "params": params}


if __name__ == "__main__":
    sys.exit(main())
