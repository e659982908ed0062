"""`pantau notice`: asking for a finding to be put right."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.nights import FIRST, bundle_name

PRINT = "3f9a0c12deadbeef"


def test_it_is_recorded_and_listed(place, pantau):
    code, out, _ = pantau("notice", PRINT[:6], "--deadline", "2099-12-31", "--letter", "B/12")
    assert code == 0
    assert "1. Letter B/12" in out
    assert f"Desktop: before {bundle_name(FIRST + timedelta(days=3))}" in out
    code, listed, _ = pantau("notice")
    assert (code, listed) == (0, out)


def test_none_yet(place, pantau):
    assert pantau("notice")[:2] == (0, "No notice is recorded.\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((PRINT,), "needs --deadline and --letter"),
        (("ffff0000", "--deadline", "2099-12-31", "--letter", "B/12"), "No night shows an open finding"),
        ((PRINT, "--deadline", "soon", "--letter", "B/12"), "soon"),
        ((PRINT, "--deadline", "2020-01-01", "--letter", "B/12"), "has passed already"),
    ],
)
def test_mistakes(place, pantau, arguments, said):
    code, _, err = pantau("notice", *arguments)
    assert code == 2
    assert said in err


def test_a_notice_protects_its_bundle_from_prune(place, pantau):
    pantau("notice", PRINT, "--deadline", "2099-12-31", "--letter", "B/12")
    _, out, _ = pantau("prune", "--json")
    assert bundle_name(FIRST + timedelta(days=3)) not in {
        line["bundle"] for line in json.loads(out)["pruned"]
    }
