"""The chart of a series: the same bytes each time, whatever names and numbers are in it."""

from __future__ import annotations

from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest

from crawler.model.finding import Verdict
from crawler.model.trend import Series, TrendPoint, load_milestones
from crawler.report.chart import MAX_MARKED, chart, position

FIRST = date(2024, 2, 10)


def point(number, **facts):
    values = {
        "bundle": f"toko/{number}", "day": FIRST + timedelta(days=number), "started": "2024-02-10T01:00:00Z",
        "status": "complete", "policy": "permendag-31-2023", "verdict": Verdict.FAIL, "passed": 6,
        "judged": 8, "percent": 75, "left": 4, "unmeasured": 0, "stages": 9, "unobserved": 1,
        "findings": {"foreign-brand-text": 3},
    }  # fmt: skip
    return TrendPoint(**values | facts)


def series(*points, **facts):
    values = {
        "target": "https://www.tokopedia.com/",
        "scenario": "toko",
        "device": "desktop",
        "simulated": False,
    }
    return Series(**values | facts, points=points, findings=())


def texts(svg):
    root = ET.fromstring(svg)
    return [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]


def test_the_same_series_gives_the_same_bytes():
    made = series(*(point(number) for number in range(40)))
    assert chart(made, load_milestones()) == chart(made, load_milestones())
    assert "<dc:date>" not in chart(made, load_milestones())


def test_the_milestones_between_the_runs_are_marked_and_no_others():
    said = texts(chart(series(point(0), point(30)), load_milestones(), "en"))
    assert [mark for mark in ("75%", "87%", "100%") if mark in said] == ["75%", "87%"]
    assert "6/8" in said
    assert "stated by the ministry, not measured" in said
    assert "stated by the ministry, not measured" not in texts(
        chart(series(point(40)), load_milestones(), "en")
    )


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("count", [1, 2, MAX_MARKED + 1])
def test_any_number_of_runs_can_be_drawn(count, lang):
    assert texts(chart(series(*(point(number) for number in range(count))), load_milestones(), lang))


def test_what_is_not_known_is_no_number():
    nothing = point(1, percent=None, judged=0, passed=0, left=None, stages=0, unobserved=0, findings={})
    partly = point(2, unmeasured=2, void=True, status="incomplete")
    said = texts(chart(series(point(0), nothing, partly), (), "en"))
    assert "measured in part; there may be more" in said
    assert "0/0" in said


def test_a_name_is_only_a_name():
    named = chart(series(point(0), target="<script>x</script> $\\frac{1}{0}$ \x1b[2J\u202e"), ())
    (title,) = [text for text in texts(named) if "script" in text]
    assert "<script>x</script> $\\frac{1}{0}$ ⟨U+001B⟩[2J⟨U+202E⟩" in title
    assert "<script>" not in named


@pytest.mark.parametrize(
    ("day", "at"),
    [
        (date(2024, 3, 1), 0.0),
        (date(2024, 3, 2), 0.25),
        (date(2024, 3, 5), 1.0),
        (date(2024, 3, 6), 2.0),
        (date(2024, 2, 29), None),
        (date(2024, 3, 7), None),
    ],
)
def test_where_a_day_lies(day, at):
    assert position(day, [date(2024, 3, 1), date(2024, 3, 5), date(2024, 3, 6)]) == at
