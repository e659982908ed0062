"""Writes what starts every night: units for systemd, lines for cron, examples for two CI systems.

Times come from `[night]`. What looks whether the night ran starts when the night's own deadline is over.
"""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from crawler.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from crawler.model.target import Config

Kind = Literal["systemd", "cron", "github", "gitlab"]
AFTER_DEADLINE = timedelta(minutes=30)  # to seal, compare and tell
_MOST_MINUTES = 60 * 24
_TMP = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - looked for, not used


class Place(NamedTuple):
    """Where the night runs: the folder of `pantau.toml`, the file, what may be written, and as whom."""

    base: Path
    config_file: Path
    writable: tuple[Path, ...]
    user: str
    pantau: tuple[str, ...]
    zone: tzinfo


def schedule_files(kind: Kind, config: Config, place: Place, *, on: date | None = None) -> dict[str, str]:
    """Return the files of a schedule, by their names.

    Args:
        kind: What starts the night.
        config: What `pantau.toml` says.
        place: Where it runs.
        on: The day that clocks are converted for; today unless given.

    Raises:
        ConfigError: a path cannot be written in such a file.
    """
    text = _templates().get_template(f"{kind}.j2").render(_facts(kind, config, place, on or _today()))
    files = {}
    for part in text.split("=== ")[1:]:
        name, _, content = part.partition("\n")
        files[name.strip()] = content.strip("\n") + "\n"
    return files


def own_command() -> tuple[str, ...]:
    """Return how this Pantau is started: its console script, else its interpreter and module."""
    beside = Path(sys.executable).parent / "pantau"
    found = str(beside) if beside.exists() else shutil.which("pantau")
    return (found,) if found else (sys.executable, "-m", "crawler.cli")


def machine_zone() -> ZoneInfo:
    """Return the zone of this machine's clock, UTC where it names none that is known."""
    try:
        name = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]
        return ZoneInfo(name or "UTC")
    except (OSError, ValueError):
        return ZoneInfo("UTC")


def _facts(kind: Kind, config: Config, place: Place, on: date) -> dict[str, object]:
    night = config.night
    zone = ZoneInfo(night.zone)
    start = datetime.combine(on, night.time, zone)
    deadline = timedelta(hours=night.deadline_h)
    watch = start.astimezone(UTC) + deadline + AFTER_DEADLINE
    local, local_watch, utc = (
        start.astimezone(place.zone),
        watch.astimezone(place.zone),
        start.astimezone(UTC),
    )
    quote = _QUOTES[kind]
    writable = [place.base, *(path for path in place.writable if not path.is_relative_to(place.base))]
    private_tmp = not any(path.is_relative_to(tmp) for path in writable for tmp in _TMP)
    _check([str(path) for path in (*writable, place.config_file, *place.pantau)])
    return {
        "user": place.user,
        "base": str(place.base),
        "base_specifiers": str(place.base).replace("%", "%%"),
        "base_word": quote(str(place.base)),
        "config_file": quote(str(place.config_file)),
        "pantau": " ".join(quote(word) for word in place.pantau),
        "writable": [quote(str(path)) for path in (*writable, *(() if private_tmp else _TMP))],
        "private_tmp": private_tmp,
        "clock": f"{start:%H:%M:%S}",
        "watch_clock": f"{watch.astimezone(zone):%H:%M:%S}",
        "zone": night.zone,
        "minute": start.minute,
        "hour": start.hour,
        "local_clock": f"{local:%H:%M}",
        "local_zone": str(place.zone),
        "local_minute": local.minute,
        "local_hour": local.hour,
        "local_varies": _varies(place.zone, on) or _varies(zone, on),
        "watch_minute": local_watch.minute,
        "watch_hour": local_watch.hour,
        "utc_minute": utc.minute,
        "utc_hour": utc.hour,
        "limit_s": int((deadline + 2 * AFTER_DEADLINE).total_seconds()),
        "limit_minutes": min(_MOST_MINUTES, int((deadline + 2 * AFTER_DEADLINE).total_seconds() // 60)),
        "variables": config.alerts.variables,
    }


def _today() -> date:
    return datetime.now(UTC).date()


def _varies(zone: tzinfo, on: date) -> bool:
    """Say whether a zone's distance from UTC changes within a year of a day."""
    noon = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
    offsets = {(noon + timedelta(days=7 * week)).astimezone(zone).utcoffset() for week in range(53)}
    return len(offsets) > 1


def _check(paths: list[str]) -> None:
    for path in paths:
        if not path.isprintable():
            raise ConfigError(
                f"The path {path!r} has characters that no schedule can hold.",
                hint="Move pantau.toml to a folder with a plain name.",
            )


def _for_cron(text: str) -> str:
    """Return a word of a command in a crontab, where a percent sign ends the command."""
    return shlex.quote(text).replace("%", r"\%")


def _for_systemd(text: str) -> str:
    """Return a word of a unit file: its specifiers, variables and quotes mean themselves."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if any(char in escaped for char in " ;'\"\\#") else escaped


_QUOTES: dict[Kind, Callable[[str], str]] = {
    "systemd": _for_systemd,
    "cron": _for_cron,
    "github": shlex.quote,
    "gitlab": shlex.quote,
}


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("crawler.fleet", "templates"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - no markup; what goes in is quoted for shell and units above
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["yaml"] = lambda text: json.dumps(text, ensure_ascii=False)  # JSON is YAML too
    return environment
