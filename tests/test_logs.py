"""Logs go to standard error where they are grave, and into a night's file bound to what they are about."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from crawler import logs


@pytest.fixture
def said():
    stream = io.StringIO()
    logs.configure(stream=stream)
    yield stream
    logs.configure()


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_warnings_are_shown_and_the_rest_is_not(said):
    logs.get("x").info("quiet")
    logs.get("x").warning("loud", n=1)
    assert "quiet" not in said.getvalue()
    assert "event='loud' component='x' n=1" in said.getvalue()


def test_without_a_stream_they_follow_standard_error(monkeypatch):
    first, second = io.StringIO(), io.StringIO()
    monkeypatch.setattr("sys.stderr", first)
    logs.configure()
    first.close()
    monkeypatch.setattr("sys.stderr", second)
    logs.get("x").warning("loud")
    assert "loud" in second.getvalue()


def test_verbose_shows_all():
    stream = io.StringIO()
    logs.configure(verbose=True, stream=stream)
    logs.get("x").info("quiet")
    logs.configure()
    assert "quiet" in stream.getvalue()


def test_a_night_keeps_them_bound(said, tmp_path):
    path = tmp_path / "log.jsonl"
    with logs.kept(path, night="2026-11-02"), logs.bind(target="toko-a", device="mobile"):
        logs.get("jobs").info("started", run="r1")
        logs.get("jobs").debug("too fine")
    logs.get("jobs").info("after it")
    (line,) = lines(path)
    wanted = {"night": "2026-11-02", "target": "toko-a", "device": "mobile", "run": "r1", "event": "started"}
    assert wanted.items() <= line.items()
    assert (line["level"], line["component"]) == ("info", "jobs")
    assert said.getvalue() == ""


def test_processes_that_are_started_write_into_the_same_file(tmp_path):
    path = tmp_path / "log.jsonl"
    script = "from crawler import logs\nwith logs.bind(device='desktop'): logs.get('child').info('walked')"
    with logs.kept(path, night="2026-11-02"):
        subprocess.run([sys.executable, "-c", script], check=True)
    assert [(line["night"], line["device"], line["event"]) for line in lines(path)] == [
        ("2026-11-02", "desktop", "walked")
    ]


def test_threads_are_bound_each_for_itself(said, tmp_path):
    path = tmp_path / "log.jsonl"

    def walk(number):
        with logs.bind(target=f"toko-{number}"):
            for _ in range(20):
                logs.get("jobs").info("step", number=number)

    with logs.kept(path), ThreadPoolExecutor(8) as pool:
        list(pool.map(walk, range(8)))
    found = lines(path)
    assert len(found) == 160
    assert {line["target"] == f"toko-{line['number']}" for line in found} == {True}


def test_a_hostile_value_stays_one_line_and_is_cut(said, tmp_path):
    path = tmp_path / "log.jsonl"
    with logs.kept(path):
        logs.get("x").warning("a\nb\u2028", value="\x1b[2J" + "x" * 10_000)
    (line,) = lines(path)
    assert line["event"] == "a\nb\u2028"
    assert len(line["value"]) < 2_100
    assert "\x1b" not in path.read_text()


def test_a_file_that_cannot_be_written_stops_nobody(said, tmp_path):
    with logs.kept(tmp_path / "missing" / "log.jsonl"):
        logs.get("x").warning("loud")
    assert "loud" in said.getvalue()
