"""The demo crawls its states and each comes out exactly as expected, on both devices."""

import json
import subprocess
import sys

import pytest

from crawler.demo.states import load_state, state_ids

pytestmark = [pytest.mark.browser, pytest.mark.ocr]


def demo(tmp_path, *arguments):
    """What the demo prints, a line a state, and what it complains of."""
    command = [sys.executable, "-m", "crawler.cli", "demo", *arguments]
    options = ["--dwell", "1.2", "--json", "--out", str(tmp_path)]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=600, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("device", ["desktop", "mobile"])
def test_every_state_comes_out_as_expected(device, tmp_path):
    code, lines, complaints = demo(tmp_path, "--device", device)
    assert code == 0, complaints
    assert [line["as_of"] for line in lines] == [str(load_state(state).as_of) for state in state_ids()]
    for line, state in zip(lines, map(load_state, state_ids()), strict=True):
        assert line["obligations"] == state.expect.obligations
        assert line["simulated"]
        assert line["not_reached"] == []


def test_an_unknown_state_is_told_before_anything_is_crawled(tmp_path):
    code, lines, complaints = demo(tmp_path, "2024-03-12", "1999-01-01")
    assert (code, lines) == (2, [])
    assert "1999-01-01" in complaints
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_the_states_are_six_nights_of_one_series(tmp_path):
    code, lines, complaints = demo(tmp_path, "--nights")
    assert code == 0, complaints
    *states, [series] = lines
    assert len(states) == 6
    days = ["2023-12-12", "2024-02-19", "2024-03-04", "2024-03-11", "2024-03-12", "2026-11-01"]
    assert [point["day"] for point in series["points"]] == days
    assert [point["percent"] for point in series["points"]] == [25, 75, 87, 75, 100, 75]
    found = [finding["state"] for finding in series["findings"]]
    assert "not-looked" not in found
    assert found.count("remedied") > 30
    assert len(list(tmp_path.glob("trend-01-*-desktop-*.svg"))) == 2
