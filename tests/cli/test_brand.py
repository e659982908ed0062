"""`pantau brand`: one bad picture costs no other anything, and the exit code says what was looked at."""

import json
import os

import pytest
from PIL import Image

from tests.cli.test_index import call

pytestmark = pytest.mark.ocr


@pytest.fixture
def pictures(tmp_path):
    Image.new("RGB", (60, 40), "white").save(tmp_path / "kosong.png")
    (tmp_path / "rusak\x1b[2J.png").write_bytes(b"no picture")
    os.mkfifo(tmp_path / "pipa.png")
    many = [Image.new("RGB", (8, 8), (level, 0, 0)) for level in range(80)]
    many[0].save(tmp_path / "panjang.gif", save_all=True, append_images=many[1:])
    return tmp_path


def states(result):
    return {row["path"].rpartition("/")[2]: row["looked_at"] for row in json.loads(result.stdout)}


def test_each_picture_is_an_entry_whatever_the_others_are(pictures):
    every = sorted(pictures.iterdir())
    result = call("brand", "--json", *every, pictures / "tiada.png")
    assert result.return_value == 2
    assert states(result) == {
        "kosong.png": "whole",
        "panjang.gif": "partly",
        "pipa.png": "not",
        "rusak\x1b[2J.png": "not",
        "tiada.png": "not",
    }
    assert "\x1b" not in result.output
    assert "5/5" in result.stderr


def test_the_exit_code_says_what_was_looked_at(pictures):
    assert call("brand", pictures / "kosong.png").return_value == 0
    partly = call("brand", pictures / "kosong.png", pictures / "panjang.gif")
    assert partly.return_value == 3
    assert "60 of 80 frames" in partly.stdout
    broken = call("brand", pictures / "rusak\x1b[2J.png", pictures / "kosong.png")
    assert broken.return_value == 2
    assert "not looked at" in broken.stdout
    assert "\x1b" not in broken.output
