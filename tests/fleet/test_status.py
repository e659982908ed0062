"""How the nights stand, and that one that did not run is told."""

from __future__ import annotations

import fcntl
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crawler.fleet.status import nights_status
from crawler.fleet.watch import tell_missing
from crawler.model.target import Config
from crawler.store.nights import night_folder, write_night
from tests.mailbox import free_port, webhook
from tests.nights import FIRST, a_finding, a_journey, a_night

CONFIG = Config.model_validate({"night": {"time": "01:00:00", "deadline_h": 6}})


def at(clock, day=FIRST):
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZoneInfo("Asia/Jakarta"))


@pytest.fixture
def nights(tmp_path):
    return tmp_path / "nights"


def record(nights, night):
    write_night(night_folder(nights, night.date), night)


def status(nights, clock, day=FIRST):
    return nights_status(CONFIG.night, nights, now=at(clock, day))


def test_before_any_night(nights):
    found = status(nights, "00:30:00")
    assert (found.running, found.last, found.missing) == (None, None, True)
    assert found.next == "2026-11-01T18:00:00.000Z"


def test_the_last_night(nights):
    night = a_night(
        journeys=[a_journey(findings=[a_finding("new")]), a_journey("toko-b", bundle=None)], exit_code=1
    )
    record(nights, night)
    found = status(nights, "08:00:00")
    assert (found.last.date, found.last.new, found.last.observed, found.last.journeys) == (FIRST, 1, 1, 2)
    assert (found.last.exit_code, found.last.told, found.missing) == (1, False, False)
    assert found.next == "2026-11-02T18:00:00.000Z"


def test_a_running_night(nights):
    folder = night_folder(nights, FIRST)
    (folder / "jobs").mkdir(parents=True)
    (folder / "plan.json").write_text("{}")
    for name in (
        "toko-a.desktop.1.start.json",
        "toko-a.desktop.1.outcome.json",
        "toko-a.mobile.1.start.json",
    ):
        (folder / "jobs" / name).write_text("{}")
    assert status(nights, "02:00:00").running is None
    with (nights / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        running = status(nights, "02:00:00").running
    assert (running.date, running.ended, running.walking) == (FIRST, 1, ("toko-a.mobile.1",))


@pytest.mark.parametrize(
    ("clock", "day", "missing"),
    [
        ("07:29:00", 1, False),  # the second night may still be running
        ("07:31:00", 1, True),
        ("23:00:00", 1, True),
        ("00:30:00", 2, True),
        ("07:00:00", 0, True),  # the night before the first
        ("07:31:00", 0, False),
    ],
)
def test_when_a_night_is_missing(nights, clock, day, missing):
    if day or clock == "07:31:00":
        record(nights, a_night())
    assert status(nights, clock, FIRST + timedelta(days=day)).missing is missing


def test_a_night_that_was_stopped_is_missing(nights):
    record(nights, a_night(ended_by="interrupted"))
    assert status(nights, "08:00:00").missing


def tell(nights, channels, clock="08:00:00", **facts):
    config = Config.model_validate({"night": CONFIG.night.model_dump(), "alerts": {"channels": channels}})
    return tell_missing(status(nights, clock), config, nights, now=at(clock), **facts)


def test_a_missing_night_is_told_once(nights):
    nights.mkdir()
    with webhook() as hook:
        first = tell(nights, [hook.url()])
        assert tell(nights, [hook.url()]) is None
    assert [event.message.id for event in first.events] == ["event.did-not-run"]
    (body,) = hook.bodies
    assert body["title"] == "Pantau 2 November 2026: TIDAK BERJALAN"
    assert "Malam 2 November 2026 tidak berjalan" in body["message"]


def test_one_that_reached_nobody_is_told_again(nights):
    nights.mkdir()
    assert tell(nights, [f"json://127.0.0.1:{free_port()}"]).failed
    with webhook() as hook:
        assert not tell(nights, [hook.url()]).failed
    assert len(hook.bodies) == 1


def test_a_night_that_began_and_did_not_end_is_told_as_that(nights):
    folder = night_folder(nights, FIRST)
    folder.mkdir(parents=True)
    (folder / "plan.json").write_text("{}")
    assert [event.message.id for event in tell(nights, []).events] == ["event.did-not-end"]


def test_a_unit_that_failed_is_told(nights):
    record(nights, a_night())
    with webhook() as hook:
        done = tell(nights, [hook.url()], failed="pantau-night")
    assert [event.message.id for event in done.events] == ["event.unit-failed"]
    assert "pantau-night" in hook.bodies[0]["message"]


def test_where_all_is_well_nothing_is_told(nights):
    record(nights, a_night())
    assert tell(nights, []) is None
