"""A scenario file that is no scenario is told with its file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.browse.run.script import MAX_SCRIPT_BYTES, load
from crawler.errors import ScenarioError

GOOD = """
from crawler.browse import Scenario, Stage
scenario = Scenario(id="a", title={"id": "A", "en": "A"}, start_url="https://a.test/", stages=[Stage.CART])
def walk(journey): ...
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "s.py"
    path.write_text(text)
    return path


def test_a_scenario_loads(tmp_path: Path) -> None:
    script = load(write(tmp_path, GOOD))
    assert script.scenario.id == "a"
    assert len(script.sha256) == 64


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def walk(:\n", "line 1"),
        (GOOD + "\n1/0\n", "line 6: ZeroDivisionError"),
        (GOOD.replace("Stage.CART", "Stage.KASIR"), "line 3: AttributeError"),
        (GOOD.replace("Stage.CART", '"kasir"'), "scenario.stages.0"),
        (GOOD.replace('id="a"', 'id="../a"'), "scenario.id"),
        (GOOD.replace("https:", "file:"), "scenario.start_url"),
        ("scenario = 1\n", "is no scenario"),
        ("x" * (MAX_SCRIPT_BYTES + 1), "larger than"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ScenarioError) as raised:
        load(write(tmp_path, text))
    assert said in raised.value.message
    assert "s.py" in raised.value.message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        load(tmp_path / "none.py")
