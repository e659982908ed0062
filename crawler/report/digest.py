"""The morning's digest: one plain text a night, in one language, that says what somebody has to look at.

It bears ids, counts and titles of rules; no text, address or picture of a page, so that it may pass through
channels that others read. A group of more than `SHOWN` lines says how many it leaves out.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, get_args

from crawler.lib.i18n import translate
from crawler.lib.printable import printable
from crawler.model.alert import Digest
from crawler.model.target import AlertKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from crawler.lib.i18n import Language, Translator
    from crawler.model.alert import Event
    from crawler.model.night import Night

SHOWN = 1_000
ORDER: tuple[AlertKind, ...] = (
    "did-not-run", "void", "canary", "new", "remedied", "notice", "not-observed", "disk-low",
)  # fmt: skip
assert set(ORDER) == set(get_args(AlertKind))


def night_digest(night: Night, events: Sequence[Event], lang: Language, *, page: str = "") -> Digest:
    """Return the digest of a night; one without events says so in one line.

    Args:
        night: The night that is told of.
        events: What to tell.
        lang: The language.
        page: Where the night's page lies, told as it stands.
    """
    words = translate(lang)
    lines = [
        words("digest.night", on=night.date, number=night.number, ended=_wib(words, night.ended)),
        words("digest.observed", seen=night.observed, n=len(night.journeys)),
    ]
    if night.canary and not night.canary.error:
        found = night.canary.expected - len(night.canary.missed)
        lines.append(words("digest.canary", found=found, expected=night.canary.expected))
    lines += _groups(events, words)
    if page:
        lines += ["", words("digest.page", page=page)]
    return Digest(title=_title(night.date, events, words), body="\n".join(printable(line) for line in lines))


def watch_digest(on: date, events: Sequence[Event], lang: Language) -> Digest:
    """Return the digest of a night that has no record to tell of."""
    words = translate(lang)
    return Digest(
        title=_title(on, events, words),
        body="\n".join(printable(line) for line in _groups(events, words)).strip(),
    )


def _title(on: date, events: Sequence[Event], words: Translator) -> str:
    counts = Counter(event.kind for event in events)
    told = [words(f"digest.count.{kind}", n=counts[kind]) for kind in ORDER if counts[kind]]
    return printable(words("digest.title", on=on, told=", ".join(told) or words("digest.quiet")))


def _groups(events: Sequence[Event], words: Translator) -> Iterator[str]:
    if not events:
        yield words("digest.nothing")
    for kind in ORDER:
        lines = [_line(event, words) for event in events if event.kind == kind]
        if lines:
            yield ""
            yield f"{words(f'digest.group.{kind}')} ({words.number(len(lines))})"
            yield from _bounded(lines, words)


def _bounded(lines: list[str], words: Translator) -> Iterable[str]:
    more = len(lines) - SHOWN
    return [*(f"- {line}" for line in lines[:SHOWN]), *([words("digest.more", n=more)] if more > 0 else [])]


def _line(event: Event, words: Translator) -> str:
    said = words(event.message.id, **event.message.params)
    if event.why is None or not words.has(event.why.id):
        return said
    return f"{said}: {words(event.why.id, **event.why.params)}"


def _wib(words: Translator, moment: str) -> str:
    return words.wib(datetime.fromisoformat(moment))
