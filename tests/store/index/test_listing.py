"""Lists out of the index: parts, filters, and words that mean nothing to SQL."""

from __future__ import annotations

import pytest

from crawler.checks.engine import judge, write
from crawler.errors import IndexUnavailable
from crawler.model.policy import load_brands, load_pack
from crawler.store import index
from crawler.store.index.listing import (
    FindingFilter,
    RunFilter,
    find_run,
    list_findings,
    list_hosts,
    list_runs,
    list_targets,
    run_choices,
)
from tests.bundles import a_request, a_visit, make_bundle

OLD, NEW = "permendag-31-2023", "permendag-19-2026"


@pytest.fixture(scope="module", name="out")
def indexed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("listing")
    for number in range(1, 6):
        visits = [a_visit("info", text=["TikTok Shop" if number % 2 else "Kontak"])]
        visits += [a_visit("payment", reached=False, reason="timeout")]
        requests = [a_request("https://www.tokopedia.com/"), a_request(f"https://h{number}.test/a_b")]
        bundle = make_bundle(folder, visits, requests, run_id=f"2024031{number}T020000Z-0000000{number}")
        for pack in (OLD, NEW) if number == 5 else (OLD,):
            write(bundle, judge(bundle, load_pack(pack), load_brands()))
    (folder / "snapshots" / "test-shop" / "20240320T020000Z-0000dead" / "data").mkdir(parents=True)
    index.update(folder / "snapshots")
    return folder / "snapshots"


def test_runs_come_newest_first_in_parts(out):
    first = list_runs(out, limit=4)
    assert (first.total, first.next_offset, len(first.items)) == (6, 4, 4)
    rest = list_runs(out, offset=4, limit=4)
    assert rest.next_offset is None
    ids = [run.run_id for run in (*first.items, *rest.items)]
    assert ids == sorted(ids, reverse=True)
    assert list_runs(out, offset=99).items == ()


def test_a_run_says_what_its_day_s_judgement_says(out):
    twice = find_run(out, "test-shop/20240315T020000Z-00000005")
    assert (twice.policy, twice.device) == (OLD, "desktop")
    assert set(twice.obligations) == {each.id for each in load_pack(OLD).obligations}
    assert twice.failed + twice.in_review == sum(
        each.status == "open"
        for each in list_findings(out, FindingFilter(bundle=twice.bundle, policy=OLD)).items
    )
    assert [(stage.stage, stage.reason) for stage in twice.missed] == [("payment", "timeout")]
    unsealed = find_run(out, "test-shop/20240320T020000Z-0000dead")
    assert (unsealed.state, unsealed.verdict, unsealed.policy, unsealed.stages) == (
        "unsealed",
        None,
        None,
        (),
    )
    assert find_run(out, "test-shop/none") is None


def test_filters_narrow_and_signs_of_sql_are_text(out):
    assert list_runs(out, RunFilter(state="unsealed")).total == 1
    assert list_runs(out, RunFilter(words="0000000")).total == 5
    assert list_runs(out, RunFilter(since="2024-03-12", until="2024-03-12")).total == 5  # all have that day
    assert list_runs(out, RunFilter(since="2024-03-13")).total == 0
    for odd in ("%", "_", "\\", "' OR 1=1 --", '"', "\x00"):
        assert list_runs(out, RunFilter(words=odd)).total == 0
        assert list_runs(out, RunFilter(target=odd)).total == 0
        assert list_hosts(out, odd).total == 0
    verdicts = {run.verdict for run in list_runs(out).items} - {None}
    assert sum(list_runs(out, RunFilter(verdict=each)).total for each in verdicts) == 5


def test_findings_are_listed_by_what_they_are(out):
    every = list_findings(out, limit=1_000)
    assert every.total == len(every.items)
    brand = list_findings(out, FindingFilter(rule="foreign-brand-text", policy=OLD))
    assert {finding.bundle[-1] for finding in brand.items} == {"1", "3", "5"}
    assert {finding.rule for finding in brand.items} == {"foreign-brand-text"}
    same = list_findings(out, FindingFilter(fingerprint=brand.items[0].fingerprint))
    assert same.total >= brand.total


def test_hosts_are_summed_over_runs(out):
    hosts = list_hosts(out)
    assert (hosts.items[0].host, hosts.items[0].runs, hosts.total) == ("www.tokopedia.com", 5, 6)
    assert [each.host for each in list_hosts(out, "h3").items] == ["h3.test"]
    assert list_hosts(out, bundle="test-shop/20240313T020000Z-00000003").total == 2


def test_targets_and_choices_are_what_the_runs_have(out):
    (target,) = list_targets(out)
    assert (target.runs, target.device) == (5, "desktop")
    assert run_choices(out)["state"] == ("sealed", "unsealed")


def test_without_an_index_it_says_so(tmp_path):
    for ask in (list_runs, list_findings, list_hosts, list_targets, run_choices):
        with pytest.raises(IndexUnavailable):
            ask(tmp_path)
