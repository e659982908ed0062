"""Structured logs: an event name and fields, to stderr or a file, bound to run and stage."""

from __future__ import annotations

import sys
from typing import TextIO, cast

import structlog


def configure(*, verbose: bool = False, stream: TextIO | None = None) -> None:
    """Send logs to `stream` (stderr unless given): warnings and worse, or everything when verbose."""
    level = 10 if verbose else 30
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


def get(name: str) -> structlog.typing.FilteringBoundLogger:
    """Return a logger that carries `name` as its component."""
    return cast("structlog.typing.FilteringBoundLogger", structlog.get_logger(component=name))


configure()  # a library stays silent on standard output, whoever uses it
