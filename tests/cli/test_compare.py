"""`pantau compare`: two bundles, in words and as JSON."""

from __future__ import annotations

import json

import pytest

from crawler.cli import main
from crawler.model.comparison import Comparison
from tests.bundles import a_visit, make_bundle

NAMED, CLEAN = ["Selamat datang di TikTok Shop"], ["Selamat datang di Shop | Tokopedia"]


@pytest.fixture
def pair(tmp_path):
    old = make_bundle(tmp_path, [a_visit("product", text=NAMED)], run_id="20240312T010000Z-00000001")
    new = make_bundle(tmp_path, [a_visit("product", text=CLEAN)], run_id="20240312T020000Z-00000002")
    return str(old.root), str(new.root)


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stopped:
        main(["compare", *arguments])
    return stopped.value.code, capsys.readouterr()


@pytest.mark.parametrize(("lang", "word"), [("en_US.UTF-8", "gone"), ("id_ID.UTF-8", "hilang")])
def test_in_words(pair, capsys, monkeypatch, lang, word):
    monkeypatch.setenv("LC_ALL", lang)
    code, printed = run(capsys, *pair)
    assert code == 3  # the verdict of naming moved
    assert word in printed.out
    assert "- Selamat datang di TikTok Shop" in printed.out


def test_as_json(pair, capsys):
    code, printed = run(capsys, *pair, "--json")
    found = Comparison.model_validate_json(printed.out)
    assert (code, found.count("gone"), found.count("new")) == (3, 1, 0)
    assert json.loads(printed.out)["old"]["run_id"] == "20240312T010000Z-00000001"


def test_a_new_indication_is_exit_code_one(pair, capsys):
    code, _ = run(capsys, *reversed(pair))
    assert code == 1


def test_a_run_beside_itself_is_exit_code_zero(pair, capsys):
    code, _ = run(capsys, pair[1], pair[1])
    assert code == 0


def test_a_folder_that_is_no_bundle_is_told(pair, capsys, tmp_path):
    code, printed = run(capsys, pair[0], str(tmp_path / "nothing"))
    assert code == 6
    assert "fails verification" in printed.err
