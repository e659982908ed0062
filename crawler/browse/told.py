"""What an error says, in one line for the record."""

from __future__ import annotations

from playwright.sync_api import Error

from crawler.errors import CrawlerError


def first_line(error: Exception) -> str:
    """Return what an error says in one line, with what Playwright was waiting for when it gave up."""
    if not isinstance(error, (Error, CrawlerError)):
        return f"{type(error).__name__}: {error}"[:1_000]
    said, _, log = error.message.partition("Call log:")
    waited = next((line.strip(" -\t") for line in log.splitlines() if "waiting for" in line), "")
    return " ".join(f"{said} {waited}".split())[:1_000]
