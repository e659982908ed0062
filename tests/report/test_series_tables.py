"""Series as CSV: every run and every finding, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from datetime import date

from crawler.model.trend import Series, TrackedFinding
from crawler.report.series_tables import findings_csv, runs_csv
from tests.report.test_chart import point, series


def tracked(**facts):
    values = {
        "rule": "foreign-brand-text", "stage": "cart", "fingerprint": "f1", "observed": "TikTok Shop",
        "outcome": "fail", "severity": "high", "state": "remedied", "first_seen": date(2024, 3, 1),
        "opened": date(2024, 3, 1), "last_seen": date(2024, 3, 4), "remedied": date(2024, 3, 5), "days": 4,
        "returned": 1, "first_bundle": "toko/a", "last_bundle": "toko/b",
    }  # fmt: skip
    return TrackedFinding(**values | facts)


def rows(text):
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_a_row_a_run_with_a_column_for_each_rule():
    made = series(point(0), point(1, findings={"foreign-logo": 2}, left=None, percent=None))
    first, second = rows(runs_csv([made], "en"))
    assert (first["findings_foreign-brand-text"], first["findings_foreign-logo"]) == ("3", "0")
    assert (second["open_findings"], second["left_over"], second["percent"]) == ("2", "", "")
    assert first["day"] == "2024-02-10"


def test_a_row_a_finding():
    made = Series(**series(point(0)).model_dump() | {"findings": (tracked(),)})
    (row,) = rows(findings_csv([made], "en"))
    assert (row["state"], row["state_title"], row["days"], row["returned"]) == (
        "remedied",
        "remedied",
        "4",
        "1",
    )


def test_no_cell_is_a_formula():
    made = series(point(0), target="=HYPERLINK(1)")
    hostile = Series(**made.model_dump() | {"findings": (tracked(observed='@SUM(1)"\n,x'),)})
    assert rows(runs_csv([hostile]))[0]["target"] == "'=HYPERLINK(1)"
    assert rows(findings_csv([hostile]))[0]["observed"] == "'@SUM(1)\" ,x"
