"""What an error says, in one line for the record."""

from __future__ import annotations

import re

from playwright.sync_api import Error

from crawler.errors import CrawlerError

_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_LOG = re.compile(r"\n?\s*(?:=+ logs =+|Call log:|Browser logs:)\s*\n?")
_RULE = re.compile(r"=={3,}")


def first_line(error: Exception) -> str:
    """Return what an error says in one line, with what Playwright was waiting for when it gave up."""
    if not isinstance(error, (Error, CrawlerError)):
        return plainly(f"{type(error).__name__}: {error}")
    return plainly(error.message)


def plainly(text: str) -> str:
    """Return a message in one line without terminal colours, rulers and the log that Playwright appends.

    Of the log one line stays, that says what was waited for.
    """
    bare = _COLOURS.sub("", text)
    said, *logs = _LOG.split(bare)
    lines = [line.strip(" -\t") for log in logs for line in log.splitlines()]
    waited = next((line for line in lines if "waiting for" in line and not _RULE.match(line)), "")
    return " ".join(f"{_RULE.sub('', said)} {waited}".split())[:1_000]
