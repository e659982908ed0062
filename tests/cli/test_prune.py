"""`pantau prune`: what goes of old nights."""

from __future__ import annotations

import json
from datetime import timedelta

from crawler.store.pruning import pruned
from crawler.store.verify import verify
from tests.nights import FIRST, bundle_name


def test_a_dry_run_says_what_would_go_and_touches_nothing(place, pantau):
    before = sorted(place.rglob("*"))
    code, out, _ = pantau("prune", "--dry-run")
    assert code == 0
    assert f"would go: {bundle_name(FIRST + timedelta(days=1))} (night of 3 November 2026" in out
    assert f"stays: {bundle_name(FIRST)}: an open finding (toko-a/desktop foreign-brand-text)" in out
    assert sorted(place.rglob("*")) == before


def test_it_removes_and_logs(place, pantau):
    (place / f"snapshots/{bundle_name(FIRST, 'toko-b/desktop')}.hold").write_text("perkara 7")
    code, out, _ = pantau("prune", "--json")
    told = json.loads(out)
    gone = [bundle_name(FIRST + timedelta(days=1), name) for name in ("toko-a/desktop", "toko-b/desktop")]
    assert code == 0
    assert sorted(line["bundle"] for line in told["pruned"]) == sorted(gone)
    assert {each["why"] for each in told["plan"]["kept"]} == {"open-finding", "hold"}
    assert [line.bundle for line in pruned(place / "snapshots")] == [
        each["bundle"] for each in told["pruned"]
    ]
    left = sorted((place / "snapshots/test-shop").glob("*Z-????????"))
    assert [verify(str(root)) for root in left] == [[]] * 6


def test_a_budget_that_cannot_be_met(configure, pantau):
    configure("budget_bytes = 1")
    code, out, _ = pantau("prune", "--dry-run")
    assert code == 3
    assert "cannot be met" in out


def test_a_missing_file_is_told(tmp_path, pantau):
    code, _, err = pantau("prune", "--config", tmp_path / "pantau.toml")
    assert code == 2
    assert "pantau init" in err
