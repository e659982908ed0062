"""Every query that is offered runs on the index as it is, and names nothing that is not there."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from crawler.checks.engine import judge, write
from crawler.model.policy import load_brands, load_pack
from crawler.store import index
from crawler.store.index.explore import metadata, offered
from tests.bundles import a_request, a_visit, make_bundle


@pytest.fixture(scope="module", name="file")
def indexed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explore")
    visits = [
        a_visit("storefront", text=["TikTok Shop"]),
        a_visit("payment", reached=False, reason="timeout"),
    ]
    bundle = make_bundle(folder, visits, [a_request("https://pay.test/x")])
    write(bundle, judge(bundle, load_pack("permendag-31-2023"), load_brands()))
    (folder / "snapshots" / "test-shop" / "20240320T020000Z-0000dead" / "data").mkdir(parents=True)
    index.update(folder / "snapshots")
    return folder / "snapshots" / index.FILE


@pytest.mark.parametrize("name", sorted(offered().queries))
def test_a_query_finds_something(file, name):
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        rows = database.execute(offered().queries[name].sql, {"host": "pay.test"}).fetchall()
    assert rows


@pytest.mark.parametrize("lang", ["id", "en"])
def test_datasette_is_told_of_them_in_both_languages(lang):
    told = metadata(lang)
    queries = told["databases"]["index"]["queries"]
    assert set(queries) == set(offered().queries)
    assert len({query["title"] for query in queries.values()}) == len(queries)
