"""Drives one scenario in a real browser. A scenario imports these three names."""

from typing import TYPE_CHECKING, Any

from crawler.model.scenario import Scenario, Stage

if TYPE_CHECKING:
    from crawler.browse.journey import Journey

__all__ = ["Journey", "Scenario", "Stage"]


def __getattr__(name: str) -> Any:
    """Load the journey with Playwright only where one is driven: whoever watches needs neither."""
    if name == "Journey":
        from crawler.browse.journey import Journey  # noqa: PLC0415 - see above

        return Journey
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
