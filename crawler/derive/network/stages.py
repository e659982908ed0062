"""At which visit something happened that no page told of: by the site of its page, then by its time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import urldefrag

from crawler.lib.hosts import host_of, registrable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.model.evidence import Visit

AHEAD_S = 0.5  # a page is told that it will be left before the next document is asked for
LEAVING_S = 2.0  # how long after the next document was there a page that is left may still send
ANSWER_S = 30.0  # how long the next document is waited for: one that is read for ever is there before it ends


class Opening(NamedTuple):
    """A main document: when it was asked for, and when it was there, in seconds since 1970.

    The page before it stays until then, however long a shop or a busy machine takes.
    """

    asked_s: float
    there_s: float


class StagePlace(NamedTuple):
    """The visit, which of the two facts told it, and whether another visit would do as well."""

    visit: int
    by: Literal["top frame", "time"]
    ambiguous: bool


def opening(asked_s: float, ended_s: float) -> Opening:
    """Return the opening of a document that was asked for and read to its end."""
    return Opening(asked_s, min(ended_s, asked_s + ANSWER_S))


class Stages:
    """The visits of a run on the line of time.

    Args:
        visits: In the order of the journey.
        openings: Every main document that was asked for.
    """

    def __init__(self, visits: Sequence[Visit], openings: Sequence[Opening] = ()) -> None:
        self._visits = [visit for visit in visits if visit.started]
        self._starts = [_seconds(visit.started or "") for visit in self._visits]
        self._sites = [_sites(visit) for visit in self._visits]
        self._documents = [frozenset(urldefrag(url).url for url in visit.urls) for visit in self._visits]
        self._openings = sorted(openings)
        last = self._visits[-1] if self._visits else None
        self._end = _seconds(last.ended) if last and last.ended else float("inf")

    def place_of(self, top_site: str, time_s: float, *, leaving: bool) -> StagePlace:
        """Return where something belongs.

        Args:
            top_site: The site of its page; empty where it is not known.
            time_s: When it began.
            leaving: Whether a page that is just being left could have sent it.
        """
        number = max((index for index, start in enumerate(self._starts) if start <= time_s), default=-1)
        if number < 0:
            return StagePlace(0, "time", ambiguous=False)
        site = registrable(host_of(top_site))
        if not site:
            return StagePlace(self._visits[number].ordinal, "time", ambiguous=number > 0)
        before = next((index for index in range(number - 1, -1, -1) if site in self._sites[index]), None)
        if site in self._sites[number]:
            shared = before == number - 1 and leaving and self._just_left(number, time_s)
            chosen = number - 1 if shared else number
            return StagePlace(self._visits[chosen].ordinal, "top frame", ambiguous=shared)
        if before is not None:
            return StagePlace(self._visits[before].ordinal, "top frame", ambiguous=False)
        return StagePlace(self._visits[number].ordinal, "time", ambiguous=True)

    def left_behind(self, visit: int, frame: str, time: str) -> bool:
        """Say whether a page of an earlier visit sent this just as it was being left.

        Such are `fetchLater`, and what a page sends before it unloads: the recorder counts them for the visit
        that is beginning.

        Args:
            visit: The visit that the recorder counted it for.
            frame: The document that sent it.
            time: When it was sent.
        """
        number = next((index for index, each in enumerate(self._visits) if each.ordinal == visit), 0)
        document = urldefrag(frame).url
        elsewhere = any(document in documents for documents in self._documents[:number])
        if not elsewhere or document in self._documents[number]:
            return False
        return any(
            each.asked_s - AHEAD_S <= _seconds(time) <= each.there_s + LEAVING_S for each in self._openings
        )

    def leaving(self, time_s: float) -> bool:
        """Say whether a page was being left: another document was on its way, or the journey was over."""
        return time_s >= self._end or any(
            each.asked_s <= time_s <= each.there_s + LEAVING_S for each in self._openings
        )

    def _just_left(self, number: int, time_s: float) -> bool:
        """Say whether a visit's own document was not there yet, or only just."""
        opened = next((each for each in self._openings if each.asked_s >= self._starts[number]), None)
        return opened is not None and time_s <= opened.there_s + LEAVING_S


def _sites(visit: Visit) -> frozenset[str]:
    urls = (*visit.urls, *(page.url for page in visit.pages))
    return frozenset(filter(None, (registrable(host_of(url)) for url in urls)))


def _seconds(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()
