"""Nights over sealed bundles: the real loop, queue, locks and records, and no browser."""

from __future__ import annotations

import threading
from datetime import date

import pytest

from crawler.fleet import dispatch, queue
from crawler.fleet.config import Setup
from crawler.fleet.night import NightWatch
from crawler.model.target import Config
from tests.fleet.replay import Replay, good_canary

FIRST = date(2024, 3, 12)


def a_target(target_id="toko-a", **facts):
    defaults = {
        "id": target_id,
        "start_url": f"https://{target_id}.example/",
        "devices": ["mobile"],
        "pace": {"every_s": 0},
    }
    return defaults | facts


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Look more often than a night of hours has to."""
    monkeypatch.setattr(queue, "POLL_S", 0.05)
    monkeypatch.setattr(dispatch, "LOOK_EVERY_S", 0.05)
    monkeypatch.setattr(dispatch, "KEEP_HOUSE_EVERY_S", 0.5)


@pytest.fixture
def setup(tmp_path):
    """Return what makes a setup of targets in the test's folder."""

    def make(*targets, **night):
        config = {
            "night": night,
            "targets": [a_target(each) if isinstance(each, str) else each for each in targets],
        }
        return Setup(Config.model_validate(config), tmp_path)

    return make


@pytest.fixture
def hold():
    """Return what holds one night of a setup with a replay."""

    def hold_night(setup, replay=None, on=FIRST, **facts):
        chosen = {"workers": 4, "look_at_canary": good_canary, "stop": threading.Event()} | facts
        return NightWatch(setup, setup.local_queue, walk=replay or Replay(), **chosen).hold(on)

    return hold_night
