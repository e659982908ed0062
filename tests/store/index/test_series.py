"""All judged runs out of the index at once: what their judgements say, and nothing else."""

from __future__ import annotations

import pytest

from crawler.checks.engine import judge, write
from crawler.errors import IndexUnavailable
from crawler.model.policy import load_brands, load_pack
from crawler.store import index
from crawler.store.index.listing import list_targets
from crawler.store.index.series import judged_runs
from tests.bundles import a_visit, make_bundle

PACK = "permendag-31-2023"


def judged(tmp_path, number, visits, **facts):
    bundle = make_bundle(tmp_path, visits, run_id=f"20240312T020000Z-{number:08x}", **facts)
    judgement = judge(bundle, load_pack(PACK), load_brands())
    write(bundle, judgement)
    return judgement


def test_a_run_is_what_its_judgement_says(tmp_path):
    visits = [
        a_visit("info", text=["TikTok Shop"]),
        a_visit("payment", reached=False),
        a_visit("info", text=["Kontak"], unread=["https://iklan.test/"]),
    ]
    judgement = judged(tmp_path, 1, visits, repeat_of="20240312T010000Z-00000000")
    index.update(tmp_path / "snapshots")
    (run,) = judged_runs(tmp_path / "snapshots")
    assert [(visit.stage, visit.nth, visit.reached) for visit in run.visits] == [
        ("info", 1, True), ("payment", 1, False), ("info", 2, True),
    ]  # fmt: skip
    assert run.rules == {rule.rule: rule.version for rule in judgement.rules}
    assert [each.fingerprint for each in run.findings] == [
        finding.fingerprint for rule in judgement.rules for finding in rule.findings
    ]
    assert len(run.gaps) == sum(len(rule.gaps) for rule in judgement.rules)
    assert any(gap.visit == 3 for gap in run.gaps)
    assert (run.percent, run.repeat_of) == (judgement.index.percent, "20240312T010000Z-00000000")
    meters = [each for each in judgement.leftovers or () if each.measured != "not"]
    assert run.left == sum(each.mentions + each.logos for each in meters)


def test_where_no_stage_was_measured_nothing_is_known_to_be_left(tmp_path):
    judged(tmp_path, 1, [a_visit("payment", reached=False)])
    index.update(tmp_path / "snapshots")
    (run,) = judged_runs(tmp_path / "snapshots")
    assert (run.left, run.unmeasured) == (None, 1)


def test_runs_come_in_the_order_of_their_days(tmp_path):
    for number, day in ((1, "2024-03-12"), (2, "2024-02-19"), (3, "2024-03-04")):
        judged(tmp_path, number, [a_visit("info")], as_of=day)
    index.update(tmp_path / "snapshots")
    days = [run.as_of for run in judged_runs(tmp_path / "snapshots")]
    assert days == ["2024-02-19", "2024-03-04", "2024-03-12"]


def test_a_folder_without_an_index_is_told(tmp_path):
    with pytest.raises(IndexUnavailable):
        judged_runs(tmp_path)


def test_the_runs_of_one_target_are_those_among_all(tmp_path):
    for number, device in enumerate(("desktop", "mobile", "desktop"), 1):
        judged(tmp_path, number, [a_visit("info", text=["TikTok Shop"])], device=device)
    out = tmp_path / "snapshots"
    index.update(out)
    every = judged_runs(out)
    for target in list_targets(out):
        assert judged_runs(out, target) == tuple(run for run in every if run.device == target.device)
