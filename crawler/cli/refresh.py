"""Brings the index of a folder up to date before it is asked, with a bar where a person waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress

from crawler.cli.telling import say
from crawler.errors import IndexUnavailable
from crawler.store import index
from crawler.store.index import FILE

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.lib.i18n import Translator
    from crawler.model.indexed import Indexed


def refresh(out: Path, *, rebuild: bool = False) -> Indexed:
    """Bring the index up to date and return what that came to.

    Raises:
        IndexUnavailable: the folder cannot be written, or another process does not let go.
    """
    with Progress(
        console=(console := Console(stderr=True)), transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(str(out / FILE))
        return index.update(
            out, rebuild=rebuild, on_run=lambda done, total: bar.update(task, completed=done, total=total)
        )


def refresh_if_possible(out: Path, words: Translator, *, rebuild: bool = False) -> None:
    """Bring the index up to date; where that cannot be, say so: it may still be asked as it was."""
    try:
        refresh(out, rebuild=rebuild)
    except IndexUnavailable as error:
        say(words("cli.index.stale", error=error.message), err=True)
