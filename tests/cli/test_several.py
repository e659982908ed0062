"""Several bundles at once: on all processors, in their order, and one broken costs no other anything."""

import json

import pytest

from crawler.cli import main, several
from tests.bundles import a_visit, make_bundle


@pytest.fixture
def roots(tmp_path):
    visits = [a_visit("storefront", text=["TikTok Shop"])]
    return [
        make_bundle(tmp_path, visits, run_id=f"20240312T020000Z-{number:08x}").root
        for number in range(several.WORTH_PROCESSES)
    ]


def judged(roots, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["check", "--json", *map(str, roots)])
    said = capsys.readouterr()
    return ended.value.code, json.loads(said.out), said.err


def test_bundles_that_are_judged_at_once_come_out_as_one_by_one(roots, capsys, monkeypatch):
    monkeypatch.setattr(several, "_processors", lambda: 2)
    at_once = judged(roots, capsys)
    findings = [(root / "findings" / "permendag-31-2023.json").read_bytes() for root in roots]

    monkeypatch.setattr(several, "_processors", lambda: 1)
    one_by_one = judged(roots, capsys)

    assert at_once == one_by_one
    assert [line["bundle"] for line in at_once[1]] == list(map(str, roots))
    assert findings == [(root / "findings" / "permendag-31-2023.json").read_bytes() for root in roots]


def test_a_broken_bundle_among_them_is_told_and_costs_no_other_its_judgement(roots, capsys, monkeypatch):
    monkeypatch.setattr(several, "_processors", lambda: 2)
    (roots[2] / "manifest-sha256.txt").unlink()

    code, lines, told = judged(roots, capsys)

    assert code == 6
    assert [line["bundle"] for line in lines] == [str(root) for root in roots if root != roots[2]]
    assert told.count("BundleCorrupt") == 1
    assert roots[2].name in told
