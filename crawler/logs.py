"""Structured logs: an event name and fields, bound to night, target, device, run and stage.

They go to standard error as `key=value`: warnings and worse, or everything when verbose. A night keeps them
as JSON lines too, from `info` up, in a file that the processes it starts append to as well: `kept` names it
in the environment, with what every line of theirs is bound to.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO, cast

import structlog

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping
    from pathlib import Path

FILE, BOUND = "PANTAU_LOG", "PANTAU_LOG_BOUND"
DEBUG, INFO, WARNING = 10, 20, 30
_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
_MAX_VALUE_CHARS = 2_000

bind = structlog.contextvars.bound_contextvars


def configure(*, verbose: bool = False, stream: TextIO | None = None) -> None:
    """Send logs to `stream`: warnings and worse, or everything when verbose.

    Without one they go to what is standard error at that moment: it may be another one later.
    """
    shown = DEBUG if verbose else WARNING
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _keep,
            lambda _logger, _method, event: _shown(event, shown),
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(min(shown, INFO)),
        logger_factory=lambda *_: structlog.PrintLogger(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


def get(name: str) -> structlog.typing.FilteringBoundLogger:
    """Return a logger that carries `name` as its component."""
    return cast("structlog.typing.FilteringBoundLogger", structlog.get_logger(component=name))


@contextmanager
def kept(path: Path, **bound: str) -> Iterator[None]:
    """Keep logs as JSON lines in a file too, here and in every process that is started meanwhile.

    Args:
        path: The file; lines are appended. A disk that does not take one loses that line and nothing else.
        bound: What every line is bound to, such as `night="2026-11-02"`.
    """
    was = {name: os.environ.get(name) for name in (FILE, BOUND)}
    os.environ[FILE], os.environ[BOUND] = str(path.absolute()), json.dumps(bound)
    try:
        yield
    finally:
        for name, value in was.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _keep(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Append an event to the file that the environment names, as one line in one write."""
    path = os.environ.get(FILE)
    if path and _LEVELS.get(event["level"], INFO) >= INFO:
        short = {name: _short(value) for name, value in (_bound() | dict(event)).items()}
        line = json.dumps(short, default=str, ensure_ascii=True).encode() + b"\n"
        try:
            file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o640)
            try:
                os.write(file, line)
            finally:
                os.close(file)
        except OSError:
            return event  # it still goes to standard error if it is grave enough
    return event


def _bound() -> dict[str, Any]:
    try:
        bound = json.loads(os.environ.get(BOUND, "{}"))
    except ValueError:
        return {}
    return bound if isinstance(bound, dict) else {}


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _MAX_VALUE_CHARS:
        return value[:_MAX_VALUE_CHARS] + "…"
    return value


def _shown(event: MutableMapping[str, Any], least: int) -> MutableMapping[str, Any]:
    if _LEVELS.get(event["level"], INFO) < least:
        raise structlog.DropEvent
    return event


configure()  # a library stays silent on standard output, whoever uses it
