"""Five poisoned bundles among good ones: the good are verified, judged, reported and indexed."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.bundles import a_request, a_visit, make_bundle
from tests.cli.test_index import call
from tests.store.forgeries import forgeries

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

POISONS = (
    "manifest-sha256.txt: a path that is NUL",
    "report: 1,000 folders in each other",
    "data/run.json: larger than is read",
    "bag-info.txt: 7 GB of nothing",
    "data/chain.jsonl: deep",
)


def a_good_one(tmp_path: Path, number: int) -> Path:
    return make_bundle(
        tmp_path,
        [a_visit("storefront", text=["TikTok Shop"])],
        [a_request("https://www.tokopedia.com/")],
        run_id=f"20240312T02{number:04d}Z-0000abcd",
    ).root


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """Give a folder, and remove it: a thousand folders in each other are too deep for pytest."""
    yield tmp_path
    subprocess.run(["rm", "-rf", *map(str, tmp_path.iterdir())], check=True)


@pytest.mark.parametrize("count", [2, pytest.param(20, marks=pytest.mark.long)])
def test_a_poisoned_bundle_costs_the_good_ones_nothing(place: Path, count: int) -> None:
    good = [a_good_one(place, number) for number in range(count)]
    kinds = {forgery.name: forgery for forgery in forgeries(good[0])}
    bad = []
    for number, poison in enumerate(POISONS):
        bad.append(good[0].with_name(f"20240312T01{number:04d}Z-0000abcd"))
        shutil.copytree(good[0], bad[-1])
        kinds[poison].apply(bad[-1])
    mixed = [bad[0], *good, *bad[1:]]

    verified = json.loads(call("verify", "--json", *mixed).stdout)
    assert [row["bundle"] for row in verified if row["ok"]] == list(map(str, good))
    judged = call("check", "--json", *mixed)
    assert judged.return_value == 6
    assert [line["bundle"] for line in json.loads(judged.stdout)] == list(map(str, good))
    reported = call("report", "--json", "--format", "json", *mixed)
    assert len(json.loads(reported.stdout)) == count
    for root in bad:
        assert str(root) in judged.stderr
        assert str(root) in reported.stderr
    assert "Pantau itself failed" not in judged.stderr + reported.stderr
    indexed = json.loads(call("index", "--out", place / "snapshots", "--json").stdout)
    assert (indexed["runs"], len(indexed["damaged"])) == (count + len(bad), len(bad))
    found = call("index", "--out", place / "snapshots", "--search", "TikTok")
    assert all(root.name in found.stdout for root in good)
