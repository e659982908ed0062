"""What the desk serves itself: as published, listed with licence and version, kept for ever."""

from __future__ import annotations

import hashlib
import tomllib

from crawler.review.assets import STATIC, asset

VENDOR = STATIC / "vendor"


def table():
    return tomllib.loads((STATIC / "vendored.toml").read_text())["library"]


def test_the_table_lists_all_that_others_wrote():
    listed = {row["file"] for row in table()}
    assert listed == {path.name for path in VENDOR.iterdir() if path.suffix != ".txt"}


def test_every_file_is_as_it_was_published():
    wrong = [
        row["file"]
        for row in table()
        if hashlib.sha256((VENDOR / row["file"]).read_bytes()).hexdigest() != row["sha256"]
    ]
    assert wrong == []
    assert all(row["version"] and row["licence"] for row in table())


def test_an_asset_is_served_for_ever_by_its_hash(visit):
    answer = visit().get(asset("vendor/htmx.min.js"))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]
    assert visit().get("/static/htmx.min.000000000000.js").status_code == 404


def test_no_page_of_the_desk_has_inline_script_or_style(visit):
    page = visit("viewer").get("/").text
    assert "<style" not in page
    assert " style=" not in page
    assert "<script>" not in page
    assert "onclick" not in page
