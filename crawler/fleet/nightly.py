"""A night and what follows it: held, its pages written, its files kept in order, and told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crawler import logs
from crawler.errors import CrawlerError
from crawler.fleet.after import finish_night
from crawler.fleet.judged_bundles import JudgedBundles
from crawler.report.morning import write_morning
from crawler.report.morning_moves import moves_of
from crawler.store.nights import LOG, night_folder, read_nights

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from crawler.fleet.config import Setup
    from crawler.fleet.night import NightWatch
    from crawler.lib.i18n import Language
    from crawler.model.after import AfterNight
    from crawler.model.night import Night

PAGE_FAILED = 3


class Told(NamedTuple):
    """A night that was held, its pages by language, what followed it, and the exit code of it all.

    `after` is None for a night that was stopped and can go on. `problem` says why a page is missing.
    """

    night: Night
    pages: dict[Language, Path]
    after: AfterNight | None
    problem: str
    exit_code: int


def hold_and_tell(watch: NightWatch, on: date | None = None) -> Told:
    """Hold a night, write its page in both languages, and do what follows a night.

    Raises:
        CrawlerError: as for `NightWatch.hold`, and where what followed cannot be recorded.
    """
    night = watch.hold(on)
    with logs.kept(night_folder(watch.setup.nights, night.date) / LOG, night=night.date.isoformat()):
        return _tell(night, watch.setup)


def _tell(night: Night, setup: Setup) -> Told:
    pages, problem = _pages(night, setup)
    after = None
    if night.ended_by != "interrupted":
        page = pages.get(setup.config.alerts.lang)
        after = finish_night(night, setup.config, out=setup.out, nights=setup.nights, page=page)
        if after.on_page:
            pages, problem = _pages(night, setup, after)
    code = after.exit_code if after else night.exit_code
    return Told(night, pages, after, problem, code or (PAGE_FAILED if problem else 0))


def _pages(night: Night, setup: Setup, after: AfterNight | None = None) -> tuple[dict[Language, Path], str]:
    """Write the pages of a night; where that fails, say why: the digest must go out all the same."""
    bundles = JudgedBundles(setup.out)
    pages: dict[Language, Path] = {}
    try:
        before = [each for each in read_nights(setup.nights, _told) if each.number < night.number]
        moves = moves_of(night, bundles.load)
        for lang in ("id", "en"):
            pages[lang] = write_morning(
                night,
                before,
                out=setup.out,
                nights=setup.nights,
                load=bundles.load,
                lang=lang,
                after=after,
                moves=moves,
            )
    except CrawlerError as error:
        logs.get("night").error("no page", error=error.message)
        return pages, error.message
    return pages, ""


def _told(error: CrawlerError) -> None:
    logs.get("night").warning("record left out", error=error.message)
