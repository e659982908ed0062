"""What several commands ask alike, and how they read it."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from pydantic import ByteSize, TypeAdapter, ValidationError

from crawler.errors import ConfigError
from crawler.fleet.config import FILE
from crawler.settings import Case, HostMapping, RunSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

F = TypeVar("F", bound=Callable[..., Any])

_SIZE = TypeAdapter(ByteSize)
_MAPPING = {
    "host": "what stands before “=” is no host name",
    "target": "what stands after “=” is no address with a port",
}
_CASE_BYTES = 1 << 16
_OPTIONS = {"allowed_ranges": "allow-range"}  # fields of the settings that the command line calls otherwise

as_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
bundles = click.argument(
    "bundles", metavar="BUNDLE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
policy = click.option(
    "--policy",
    metavar="ID|FILE",
    help="Policy pack to judge by; unless given, the one in force on the day.",
)
as_of = click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Judge as if on that day (Asia/Jakarta); recorded as simulated.",
)
ocr = click.option(
    "--ocr",
    type=click.Choice(["media", "full"]),
    default="media",
    show_default=True,
    help="Pixels that OCR reads: those that page text does not explain, or all, as an audit.",
)
config = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path(FILE),
    show_default=True,
    metavar="FILE",
    help="The file of targets.",
)
queue = click.option(
    "--queue",
    metavar="URL",
    help="A PostgreSQL queue that workers share; its password comes by PGPASSWORD or PGPASSFILE.",
)
language = click.option(
    "--lang", type=click.Choice(["id", "en"]), default="id", show_default=True, help="Language of the report."
)


def capture(command: F) -> F:
    """Add the options that a crawl takes."""
    options = (
        click.option(
            "--device",
            type=click.Choice(["desktop", "mobile"]),
            default="desktop",
            show_default=True,
            help="The device that the browser plays.",
        ),
        click.option("--browser", metavar="PATH", help="The Chromium or Chrome to drive."),
        click.option("--headed", is_flag=True, help="Show the browser's window."),
        click.option(
            "--dwell",
            "dwell_s",
            type=click.FloatRange(0, 600),
            default=3.5,
            show_default=True,
            metavar="SECONDS",
            help="How long to go on listening at every stage.",
        ),
        click.option(
            "--step-timeout",
            "step_timeout_s",
            type=click.FloatRange(0, 600, min_open=True),
            default=20.0,
            show_default=True,
            metavar="SECONDS",
            help="How long one step of a scenario may wait: a click, an element, an address.",
        ),
        click.option(
            "--deadline",
            "deadline_s",
            type=click.FloatRange(1, 86_400),
            default=600.0,
            show_default=True,
            metavar="SECONDS",
            help="The run is ended, and sealed as incomplete, after this time.",
        ),
        click.option(
            "--memory-limit",
            default="4GiB",
            show_default=True,
            metavar="SIZE",
            help="The run is ended, and sealed as incomplete, above this size.",
        ),
        click.option(
            "--out",
            type=click.Path(path_type=Path, file_okay=False),
            default=Path("snapshots"),
            show_default=True,
            help="Folder the evidence bundles go to.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def settings(**given: Any) -> RunSettings:
    """Return the settings of a run from what the command line gave.

    Raises:
        ConfigError: a value is not what it should be; the message names the option.
    """
    try:
        return RunSettings.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        name = _OPTIONS.get(field, field.removesuffix("_s").replace("_", "-"))
        raise ConfigError(f"--{name}: {first['msg']}.", hint="See pantau run --help.") from error


def mappings(given: tuple[str, ...]) -> tuple[HostMapping, ...]:
    """Return `HOST=ADDR:PORT` words as mappings."""
    found = []
    for word in given:
        host, separator, target = word.partition("=")
        try:
            found.append(HostMapping(host=host.lower(), target=target))
        except ValidationError as error:
            first = error.errors()[0]
            problem = _MAPPING.get(str(first["loc"][0]), first["msg"]) if separator else "there is no “=”"
            hint = "Write HOST=ADDR:PORT, such as toko.example=127.0.0.1:8443, or HOST=~NOTFOUND."
            raise ConfigError(f"--resolve {word}: {problem}.", hint=hint) from error
    return tuple(found)


def size_bytes(given: str) -> int:
    """Return a size in bytes: `4GiB` counts in powers of two, `4GB` and `4G` in powers of ten."""
    try:
        return int(_SIZE.validate_python(given))
    except ValidationError as error:
        hint = "Write for example 4GiB or 512MiB."
        raise ConfigError(f"--memory-limit {given}: not a size.", hint=hint) from error


def case(path: Path | None) -> Case | None:
    """Return the case that a JSON file states: `surat_tugas`, `officer`, `unit`, `note`."""
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            return Case.model_validate(json.loads(file.read(_CASE_BYTES)))
    except OSError as error:
        raise ConfigError(f"--case {path}: {error.strerror}.", hint="Name a JSON file.") from error
    except (ValueError, RecursionError) as error:  # a ValidationError is a ValueError
        first = error.errors()[0] if isinstance(error, ValidationError) else None
        problem = f"{first['loc'][0]}: {first['msg']}" if first and first["loc"] else "not a JSON object"
        hint = "It may have surat_tugas, officer, unit and note."
        raise ConfigError(f"--case {path}: {problem}.", hint=hint) from error


def day(moment: datetime | None) -> Any:
    """Return the calendar day that click parsed, or none."""
    return moment.date() if moment else None


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """Let Ctrl-C, SIGTERM and SIGHUP set an event, so that all that runs ends sealed."""
    stop = threading.Event()
    names = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {name: signal.signal(name, lambda *_: stop.set()) for name in names}
    try:
        yield stop
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
