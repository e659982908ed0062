"""A finding over many runs: how old it is, when it was remedied, and when nobody looked."""

from __future__ import annotations

from datetime import date

import pytest

from crawler.history.timeline import series_of
from crawler.model.trend import load_milestones
from crawler.store.index.series import JudgedRun, SeenFinding, SeenGap, SeenVisit

RULE = "foreign-brand-text"
SHOP = "https://www.tokopedia.com/cart"


def visit(ordinal=1, stage="cart", *, reached=True, nth=1, url=SHOP):
    return SeenVisit(ordinal, stage, nth, reached, url)


def finding(fingerprint="f1", *, version=1, stage="cart", at=1, status="open", rule=RULE):
    return SeenFinding(rule, version, "fail", "high", status, at, stage, "TikTok Shop", fingerprint)


def run(day, *findings, visits=None, **facts):
    values = {
        "bundle": f"toko/{day}", "run_id": day, "scenario": "toko", "target": "https://www.tokopedia.com/",
        "device": "desktop", "simulated": False, "repeat_of": None, "as_of": day,
        "started": f"{day}T01:00:00Z", "status": "complete", "policy": "permendag-31-2023", "verdict": "fail",
        "passed": 7, "judged": 8, "percent": 87, "left": len(findings), "rules": {RULE: 1},
    }  # fmt: skip
    made = JudgedRun(**values | facts)
    made.visits = [visit()] if visits is None else visits
    made.findings = list(findings)
    return made


def the_finding(*runs, **facts):
    (series,) = series_of(runs, **facts)
    (found,) = series.findings
    return found


def test_a_finding_ages_from_its_first_sight():
    found = the_finding(
        run("2024-03-01", finding()), run("2024-03-02", finding()), run("2024-03-08", finding())
    )
    assert (found.state, found.days, found.returned) == ("open", 7, 0)
    assert (found.first_seen, found.last_seen) == (date(2024, 3, 1), date(2024, 3, 8))
    assert (found.first_bundle, found.last_bundle) == ("toko/2024-03-01", "toko/2024-03-08")


def test_a_finding_is_remedied_by_a_run_that_looked_again():
    found = the_finding(run("2024-03-01", finding()), run("2024-03-05"), run("2024-03-08"))
    assert (found.state, found.remedied, found.days) == ("remedied", date(2024, 3, 5), 4)


def test_what_comes_back_is_counted_and_ages_anew():
    found = the_finding(run("2024-03-01", finding()), run("2024-03-02"), run("2024-03-05", finding()))
    assert (found.state, found.returned, found.opened, found.days) == ("open", 1, date(2024, 3, 5), 0)
    assert found.first_seen == date(2024, 3, 1)


@pytest.mark.parametrize(
    "facts",
    [
        {"visits": []},
        {"visits": [visit(reached=False)]},
        {"visits": [visit(stage="product")]},
        {"visits": [visit(nth=2)]},
        {"visits": [visit(url="https://www.tiktok.com/cart")]},
        {"rules": {}},
        {"rules": {RULE: 2}},
        {"rules": {RULE: None}},
        {"gaps": [SeenGap(RULE, "cart", 1, "gap.frame", None)]},
        {"gaps": [SeenGap(RULE, None, 7, "gap.log-cut", None)]},
    ],
)
def test_a_run_that_did_not_look_remedies_nothing(facts):
    found = the_finding(run("2024-03-01", finding()), run("2024-03-04", **facts))
    assert (found.state, found.remedied, found.days) == ("not-looked", None, 3)
    later = the_finding(run("2024-03-01", finding()), run("2024-03-04", **facts), run("2024-03-06"))
    assert (later.state, later.remedied) == ("remedied", date(2024, 3, 6))


def test_a_gap_of_another_rule_or_place_does_not_matter():
    gaps = [
        SeenGap("foreign-logo", "cart", 1, "gap.frame", None),
        SeenGap(RULE, "product", 9, "gap.frame", None),
    ]
    assert the_finding(run("2024-03-01", finding()), run("2024-03-02", gaps=gaps)).state == "remedied"


def test_a_void_night_remedies_nothing_and_its_findings_count():
    nights = run("2024-03-01", finding()), run("2024-03-02")
    assert the_finding(*nights, void={"toko/2024-03-02"}).state == "not-looked"
    (series,) = series_of([run("2024-03-01", finding())], void={"toko/2024-03-01"})
    assert (series.points[0].void, series.findings[0].state) == (True, "open")


def test_what_is_excused_is_not_open_and_not_remedied():
    found = the_finding(run("2024-03-01", finding()), run("2024-03-03", finding(status="excused")))
    assert (found.state, found.remedied) == ("excused", None)


def test_a_repeat_is_the_same_observation():
    """What one of two visits shows is not remedied by the other."""
    first = run("2024-03-02")
    again = run("2024-03-02", finding(), bundle="toko/again", run_id="again", repeat_of="2024-03-02")
    (series,) = series_of([run("2024-03-01", finding()), first, again])
    assert [point.repeats for point in series.points] == [0, 1]
    assert series.findings[0].state == "open"


def test_targets_devices_and_simulated_runs_stand_apart():
    series = series_of([
        run("2024-03-01"), run("2024-03-02", device="mobile", bundle="m"),
        run("2024-03-03", simulated=True, bundle="s"),
        run("2024-03-04", target="https://lain.test/", bundle="l"),
    ])  # fmt: skip
    assert len(series) == 4


def test_each_run_counts_once_by_the_pack_in_force():
    older = run("2024-03-01", finding(), policy="permendag-19-2026", percent=10)
    ours = run("2024-03-01", policy="permendag-31-2023", percent=87)
    for runs in ([older, ours], [ours, older]):
        (series,) = series_of(runs)
        assert [point.percent for point in series.points] == [87]
    (asked,) = series_of([older, ours], policy="permendag-19-2026")
    assert [point.percent for point in asked.points] == [10]
    assert [point.percent for each in series_of([older]) for point in each.points] == [10]


def test_what_a_point_says():
    visits = [visit(), visit(2, "payment", reached=False)]
    (series,) = series_of([run("2024-03-01", finding(), finding("f2", status="excused"), visits=visits)])
    (point,) = series.points
    assert (point.stages, point.unobserved, point.findings) == (2, 1, {RULE: 1})


def test_the_milestones_are_dated_and_in_order():
    rows = load_milestones()
    assert [row.percent for row in rows] == [75, 87, 100]
    assert [row.day for row in rows] == sorted(row.day for row in rows)
    assert all(row.source and row.text.id and row.text.en for row in rows)
