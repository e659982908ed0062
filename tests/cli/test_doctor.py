"""`pantau doctor`: what is missing decides the exit code, and each line says what to do."""

import json

import pytest

from crawler.browse.doctor import Check
from crawler.cli import doctor


@pytest.fixture
def found(monkeypatch):
    def say(*statuses):
        checks = [
            Check(name=f"c{at}", status=status, what="dilihat", fix="perbaiki" * (status != "ok"))
            for at, status in enumerate(statuses)
        ]
        monkeypatch.setattr(doctor, "examine", lambda **_: checks)

    return say


@pytest.mark.parametrize(
    ("statuses", "code"), [(["ok"], 0), (["ok", "warning"], 0), (["warning", "failed"], 2)]
)
def test_only_what_a_run_needs_fails(pantau, found, statuses, code):
    found(*statuses)
    ended, out, _ = pantau("doctor")
    assert ended == code
    assert out.count("→ perbaiki") == sum(status != "ok" for status in statuses)


def test_for_machines(pantau, found):
    found("ok", "failed")
    code, out, _ = pantau("doctor", "--json")
    assert code == 2
    assert [each["status"] for each in json.loads(out)] == ["ok", "failed"]
