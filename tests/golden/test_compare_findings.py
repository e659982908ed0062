"""Holding the findings of two checkouts against each other: what may differ, and what may not."""

import json
import os
import sys

import pytest

from tests.bundles import a_request, a_visit, make_bundle
from tests.golden.compare_findings import HERE, PACKS, differences, main, sealed, told


def judgement(**changed) -> bytes:
    facts = {
        "schema_version": 1,
        "verdict": "fail",
        "inputs": {"seal": "ab", "pack": "cd"},
        "rules": [{"rule": "foreign-logo", "version": 1, "findings": [{"rule_version": 1, "url": "a"}]}],
    }
    return json.dumps(facts | changed).encode()


def test_versions_and_hashes_may_differ():
    newer = [{"rule": "foreign-logo", "version": 2, "findings": [{"rule_version": 2, "url": "a"}]}]
    other = judgement(schema_version=2, inputs={"seal": "ab", "pack": "ef", "rule:x": "3"}, rules=newer)

    real, allowed = differences(judgement(), other)

    assert real == []
    assert allowed == [
        "inputs.pack", "inputs.rule:x", "rules[0].findings[0].rule_version", "rules[0].version",
        "schema_version",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"verdict": "pass"}, "verdict"),
        ({"inputs": {"seal": "xy", "pack": "cd"}}, "inputs.seal"),
        ({"rules": []}, "rules"),
        ({"more": []}, "more"),
    ],
)
def test_anything_else_may_not(changed, where):
    real, _ = differences(judgement(), judgement(**changed))

    assert where in real


def test_other_bytes_of_the_same_values_differ():
    assert differences(b'{"a": 1}', b'{"a":1}')[0] == ["(the same values, other bytes)"]


def test_a_bundle_that_one_side_cannot_judge_differs(tmp_path, capsys):
    one = {(tmp_path, pack): judgement() for pack in PACKS}

    assert told([tmp_path], one, one) == 0
    assert told([tmp_path], one, {}) == 1
    assert "judged by one side only" in capsys.readouterr().out


def test_nothing_compared_is_no_success(capsys):
    assert told([], {}, {}) == 1


def test_a_checkout_agrees_with_itself(tmp_path, monkeypatch, capsys):
    make_bundle(
        tmp_path,
        [a_visit("storefront", text=["TikTok Shop"])],
        [a_request("https://pay.tokopedia.com/v2/payment", visit=1)],
    )
    monkeypatch.setattr(sys, "argv", ["compare_findings", str(HERE), str(tmp_path)])

    assert main() == 0

    assert f"{len(PACKS)} of {len(PACKS)} judgements the same" in capsys.readouterr().out
    (bundle,) = sealed([tmp_path])
    assert not os.path.lexists(bundle / "findings")
