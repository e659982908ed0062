"""Puts a run into the index of its folder: the last step of run, check, report and demo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.cli.telling import say
from crawler.errors import CrawlerError
from crawler.store import layout

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.lib.i18n import Translator


def add_to_index(root: Path, words: Translator, *, start_index: bool = True) -> None:
    """Put the run in `root` into the index; where that fails, warn on standard error and go on.

    Args:
        root: The run's folder.
        words: Language of the warning.
        start_index: Make an index where there is none. A bundle that lies on somebody's disk, to be judged
            once more, is no reason to leave a file beside it.
    """
    if not start_index and not layout.index_of(root).exists():
        return
    from crawler.store import index  # noqa: PLC0415 - it loads the database, which is not asked for before

    try:
        aside = index.add(root)
    except CrawlerError as error:
        say(words("cli.index.failed", error=error.message), err=True)
        return
    if aside:
        say(words("cli.index.set-aside", path=str(aside)), err=True)
