"""What may go of old nights, and what never does."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from crawler.fleet.retention import Stock, night_bundles, open_findings, plan_pruning, prune
from crawler.model.target import Retention
from crawler.store.pool import find_damage, share_files
from crawler.store.pruning import pruned
from crawler.store.verify import verify
from tests.bundles import a_request
from tests.nights import FIRST, a_finding, a_journey, a_night, bundle_name, make_night_bundles

DAYS = [FIRST + timedelta(days=number) for number in range(6)]
TODAY = DAYS[-1]
BODY = [a_request("https://www.tokopedia.com/a.js", response_body=b"let a = 1;\n" * 40_000)]


def nights_of(tmp_path: Path, journeys=None, **facts):
    """Return six nights with a bundle each, and where the bundles lie."""
    nights = [a_night(day, journeys and journeys(day), **facts.get(str(day), {})) for day in DAYS]
    for night in nights:
        make_night_bundles(tmp_path, night, requests=BODY)
    return nights, tmp_path / "snapshots"


def plan(out, nights, today=TODAY, noticed=None, **limits):
    return plan_pruning(out, nights, Retention(**limits), today=today, noticed=noticed or {})


def removed(found):
    return [each.bundle for each in found.removals]


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    return nights_of(tmp_path_factory.mktemp("six"))


@pytest.fixture
def six(made_once, tmp_path):
    nights, out = made_once
    return nights, Path(shutil.copytree(out, tmp_path / "snapshots"))


def test_without_a_limit_nothing_goes(six):
    nights, out = six
    found = plan(out, nights)
    assert (found.removals, found.kept, found.bundles) == ((), (), 6)


def test_by_age(six):
    nights, out = six
    found = plan(out, nights, keep_days=2)
    assert removed(found) == [bundle_name(day) for day in DAYS[:3]]
    assert {each.why for each in found.removals} == {"age"}


def test_by_count(six):
    nights, out = six
    assert removed(plan(out, nights, keep_nights=2)) == [bundle_name(day) for day in DAYS[:4]]


def test_by_budget_the_oldest_go_until_it_is_met(six):
    nights, out = six
    one = Stock(out).without(bundle_name(DAYS[0]))
    found = plan(out, nights, budget_bytes=Stock(out).used_bytes - one - 1)
    assert removed(found) == [bundle_name(day) for day in DAYS[:2]]
    assert (found.over_bytes, found.freed_bytes) == (0, 2 * one)


def test_shared_files_come_back_with_the_last_bundle_only(six):
    nights, out = six
    alone = Stock(out).without(bundle_name(DAYS[0]))
    share_files(out, [out / bundle_name(day) for day in DAYS])
    stock = Stock(out)
    freed = [stock.without(bundle_name(day)) for day in DAYS]
    assert all(each < alone - 400_000 for each in freed[:-1])
    assert freed[-1] >= freed[0] + 400_000
    assert removed(plan(out, nights, budget_bytes=stock.used_bytes + freed[-1]))


def test_a_budget_that_cannot_be_met_is_told(six):
    nights, out = six
    found = plan(out, nights, budget_bytes=1)
    assert removed(found) == [bundle_name(day) for day in DAYS[:-1]]
    assert found.over_bytes > 400_000
    assert [(each.bundle, each.why) for each in found.kept] == [(bundle_name(DAYS[-1]), "last-good")]


@pytest.mark.parametrize("name", ["{}.hold", "{}/hold"])
def test_a_hold_file_protects(six, name):
    nights, out = six
    (out / name.format(bundle_name(DAYS[1]))).write_text("perkara 12/2026\n")
    found = plan(out, nights, keep_nights=2, keep_days=1, budget_bytes=1)
    assert bundle_name(DAYS[1]) not in removed(found)
    (kept,) = [each for each in found.kept if each.why == "hold"]
    assert kept.detail == "perkara 12/2026"


def test_first_and_last_bundle_of_an_open_finding_stay(tmp_path):
    def journeys(day):
        states = ["new", "still-there", "still-there", "not-looked", "not-looked", "not-looked"]
        seen = min(day, DAYS[2])
        return [a_journey(on=day, findings=[a_finding(states[DAYS.index(day)], seen=DAYS[0], last=seen)])]

    nights, out = nights_of(tmp_path, journeys)
    found = plan(out, nights, keep_nights=2)
    assert removed(found) == [bundle_name(DAYS[1]), bundle_name(DAYS[3])]
    assert {each.bundle for each in found.kept if each.why == "open-finding"} == {
        bundle_name(DAYS[0]),
        bundle_name(DAYS[2]),
    }


@pytest.mark.parametrize(("canary", "stays"), [("good", False), ("missed", True), (None, True)])
def test_a_finding_is_closed_by_a_night_that_is_not_void(canary, stays):
    gone = a_night(DAYS[1], [a_journey(on=DAYS[1], findings=[a_finding("gone")])], canary=canary)
    nights = [a_night(DAYS[0], [a_journey(findings=[a_finding("new")])]), gone]
    assert bool(open_findings(nights)) is stays


def test_a_finding_that_comes_back_is_open_again():
    states = ["new", "gone", "new"]
    nights = [
        a_night(day, [a_journey(on=day, findings=[a_finding(state, seen=day)])])
        for day, state in zip(DAYS, states, strict=False)
    ]
    assert [each.first_seen.date for each in open_findings(nights).values()] == [DAYS[2]]


def test_an_excused_finding_is_none_that_is_open():
    night = a_night(DAYS[0], [a_journey(findings=[a_finding("new", status="excused")])])
    assert open_findings([night]) == {}


def test_one_that_is_excused_later_is_open_no_more():
    nights = [
        a_night(day, [a_journey(on=day, findings=[a_finding("changed", status=status)])])
        for day, status in zip(DAYS, ("open", "excused"), strict=False)
    ]
    assert open_findings(nights[:1])
    assert open_findings(nights) == {}


def test_the_last_good_night_stays_whole_when_later_ones_are_void(tmp_path):
    void = {str(day): {"canary": "missed"} for day in DAYS[2:]}
    nights, out = nights_of(
        tmp_path, lambda day: [a_journey(on=day), a_journey(device="mobile", on=day)], **void
    )
    found = plan(out, nights, keep_days=1, keep_nights=2, budget_bytes=1)
    assert not set(removed(found)) & set(night_bundles(nights[1]))
    assert set(night_bundles(nights[5])) <= set(removed(found))


def test_the_last_good_bundle_of_every_journey_stays(tmp_path):
    def journeys(day):
        other = a_journey("toko-b", on=day) if day == DAYS[1] else a_journey("toko-b", on=day, bundle=None)
        return [a_journey(on=day), other]

    nights, out = nights_of(tmp_path, journeys)
    found = plan(out, nights, keep_nights=2)
    assert bundle_name(DAYS[1], "toko-b/desktop") not in removed(found)
    assert bundle_name(DAYS[1]) in removed(found)


def test_what_a_notice_names_stays(six):
    nights, out = six
    found = plan(out, nights, keep_nights=2, noticed={bundle_name(DAYS[0]): "B/12/PKTN"})
    assert [(each.bundle, each.detail) for each in found.kept] == [(bundle_name(DAYS[0]), "B/12/PKTN")]


def test_bundles_of_no_night_are_left_and_counted(six):
    nights, out = six
    found = plan(out, nights[3:], keep_days=1, budget_bytes=1)
    assert found.others == 3
    assert not set(removed(found)) & {bundle_name(day) for day in DAYS[:3]}


def test_an_unsealed_folder_is_no_bundle_to_remove(six):
    nights, out = six
    (out / bundle_name(DAYS[0]) / "tagmanifest-sha256.txt").unlink()
    assert bundle_name(DAYS[0]) not in removed(plan(out, nights, keep_nights=2))


def test_a_clock_set_back_removes_nothing_by_age(six):
    nights, out = six
    assert removed(plan(out, nights, keep_days=2, today=date(2020, 1, 1))) == []


def test_pruning_removes_what_the_plan_says_and_gives_shared_bytes_back(six):
    nights, out = six
    share_files(out, [out / bundle_name(day) for day in DAYS])
    found = plan(out, nights, keep_nights=2)
    (out / f"{bundle_name(DAYS[0])}.hold").touch()  # somebody came between
    (out / bundle_name(DAYS[1]) / "data/scenario.py").unlink()
    lines, kept = prune(out, found, by="siti@pantau")
    assert [line.bundle for line in lines] == [bundle_name(DAYS[2]), bundle_name(DAYS[3])]
    assert [(each.bundle, each.why) for each in kept] == [
        (bundle_name(DAYS[0]), "hold"),
        (bundle_name(DAYS[1]), "damaged"),
    ]
    assert pruned(out) == lines
    assert [verify(str(out / bundle_name(day))) for day in (DAYS[0], *DAYS[4:])] == [[], [], []]
    assert find_damage(out) == ()
    freed = found.used_bytes - Stock(out).used_bytes
    assert freed > sum(each.freed_bytes for each in lines) / 2
