"""Drives one scenario in a real browser. A scenario imports these three names."""

from crawler.browse.journey import Journey
from crawler.model.scenario import Scenario, Stage

__all__ = ["Journey", "Scenario", "Stage"]
