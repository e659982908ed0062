"""The one way out to the terminal: what may hold foreign text is made inert before it is printed."""

from __future__ import annotations

import io
import json
import sys
import traceback
from typing import TYPE_CHECKING, Any

import click

from crawler.errors import CrawlerError
from crawler.lib.printable import printable

if TYPE_CHECKING:
    from pathlib import Path

CONFIGURATION = 2
INTERNAL_ERROR = 5


def say(text: object, *, err: bool = False) -> None:
    """Print one line; what a terminal would obey in it stands as marks."""
    click.echo(printable(text), err=err)


def say_json(value: Any, *, indent: int | None = 1) -> None:
    """Print a value as JSON in ASCII, so that no character of it can steer a terminal."""
    click.echo(json.dumps(value, indent=indent))


def misuse(error: click.ClickException) -> int:
    """Tell what was wrong with the command line, as click words it, and return the exit code."""
    shown = io.StringIO()
    error.show(shown)
    for line in shown.getvalue().splitlines():
        say(line, err=True)
    return CONFIGURATION


def failure(error: Exception, *, about: Path | None = None) -> int:
    """Tell an error in one sentence, with what to do about it, and return its exit code.

    Args:
        error: What was raised; one that nobody foresaw is told as such.
        about: The bundle it concerns, where several are worked on.
    """
    where = f"{about}: " if about else ""
    if isinstance(error, CrawlerError):
        say(f"{where}{type(error).__name__}: {error.message}", err=True)
        if error.hint:
            say(error.hint, err=True)
        return error.exit_code
    said = str(error) or "no message"
    say(f"{where}Pantau itself failed: {type(error).__name__}: {said}", err=True)
    say(
        "This is a mistake in Pantau; evidence that is sealed is untouched. Report it to its maintainers "
        "with what `pantau --verbose` prints.",
        err=True,
    )
    if "--verbose" in sys.argv[1:]:
        for line in "".join(traceback.format_exception(error)).splitlines():
            say(line, err=True)
    return INTERNAL_ERROR
