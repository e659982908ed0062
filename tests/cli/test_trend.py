"""`pantau trend` says what the index holds, in the terminal, as CSV and as charts."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from pydantic import TypeAdapter

from crawler.checks.engine import judge, write
from crawler.cli import pantau
from crawler.cli.trend import SHOWN_RUNS
from crawler.model.night import Job, JobOutcome, Night
from crawler.model.policy import load_brands, load_pack
from crawler.model.trend import Series
from crawler.store.nights import write_night
from tests.bundles import a_visit, make_bundle


def call(*arguments, lang="C.UTF-8"):
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(pantau, words, env={"LC_ALL": lang}, standalone_mode=False)


def night(tmp_path, day, text, **facts):
    """Write a judged run of a night."""
    bundle = make_bundle(
        tmp_path, [a_visit("storefront", text=[text])], run_id=f"{day.replace('-', '')}T020000Z-00000001",
        as_of=day, started=f"{day}T02:00:00.000Z", **facts,
    )  # fmt: skip
    write(bundle, judge(bundle, load_pack("permendag-31-2023"), load_brands()))


@pytest.fixture
def out(tmp_path):
    night(tmp_path, "2024-03-01", "Selamat datang di TikTok Shop")
    night(tmp_path, "2024-03-09", "Selamat datang di Shop | Tokopedia")
    return tmp_path / "snapshots"


def test_a_line_a_run_and_how_long_findings_stood(out):
    shown = call("trend", "--out", out).stdout
    assert "www.tokopedia.com · test-shop · Desktop" in shown
    assert [line.split()[0] for line in shown.splitlines() if line.startswith("  2024")] == [
        "2024-03-01", "2024-03-09",
    ]  # fmt: skip
    assert "1 remedied" in shown
    assert "Time to remedy in days: median 8, longest 8" in shown
    assert "sampai diperbaiki: median 8 hari" in call("trend", "--out", out, lang="id_ID.UTF-8").stdout


def test_nothing_is_remedied_by_a_void_night(out, tmp_path):
    (root,) = (out / "test-shop").glob("20240309*")
    moment = "2024-03-09T18:00:00.000Z"
    job = Job(target="toko", device="desktop")
    outcome = JobOutcome(
        job=job, state="complete", exit_code=0, bundle=f"test-shop/{root.name}", began=moment, ended=moment,
        duration_s=1,
    )  # fmt: skip
    night = Night(
        date="2024-03-09", number=1, began=moment, ended=moment, ended_by="finished", planned=(job,),
        outcomes=(outcome,), canary=None, exit_code=3,
    )  # fmt: skip
    write_night(tmp_path / "nights" / "2024-03-09", night)
    shown = call("trend", "--out", out, "--nights", tmp_path / "nights").stdout
    assert "0 remedied" in shown
    assert "night void" in shown
    (tmp_path / "nights" / "2024-03-09" / "night.json").write_text("{")
    told = call("trend", "--out", out, "--nights", tmp_path / "nights")
    assert "night.json" in told.stderr
    assert "1 remedied" in told.stdout


def test_as_json(out):
    (series,) = TypeAdapter(list[Series]).validate_python(
        json.loads(call("trend", "--out", out, "--json").stdout)
    )
    assert [point.day.isoformat() for point in series.points] == ["2024-03-01", "2024-03-09"]


def test_csv_and_charts_are_written_and_the_same_again(out, tmp_path):
    folders = tmp_path / "a", tmp_path / "b"
    for folder in folders:
        told = call("trend", "--out", out, "--csv", folder, "--svg", folder, "--lang", "en").stdout
        assert str(folder / "trend-runs.csv") in told
    names = sorted(path.name for path in folders[0].iterdir())
    assert names == ["trend-01-test-shop-desktop-en.svg", "trend-findings.csv", "trend-runs.csv"]
    for name in names:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()


def test_only_some_targets(out):
    assert call("trend", "--out", out, "--target", "tokopedia", "--device", "desktop").stdout
    none = call("trend", "--out", out, "--device", "mobile")
    assert (none.stdout, none.return_value) == ("", 0)
    assert "No run of such a target" in none.stderr


def test_what_is_not_shown_is_said(tmp_path):
    for number in range(SHOWN_RUNS + 2):
        night(tmp_path, f"2024-{1 + number // 28:02d}-{1 + number % 28:02d}", "Kopi")
    assert "2 earlier runs are not shown" in call("trend", "--out", tmp_path / "snapshots").stdout


def test_foreign_text_steers_no_terminal(tmp_path):
    night(tmp_path, "2024-03-01", "TikTok Shop", target="https://x.test/\x1b[2J\u202e")
    shown = call("trend", "--out", tmp_path / "snapshots").stdout
    assert "\x1b" not in shown
    assert "⟨U+001B⟩[2J⟨U+202E⟩" in shown


def test_a_folder_that_cannot_be_written_is_told(out, tmp_path):
    (tmp_path / "file").write_text("")
    told = call("trend", "--out", out, "--csv", tmp_path / "file" / "x")
    assert type(told.exception).__name__ == "ReportError"
