"""Two runs side by side: what changed, what moves by itself, and pictures for the slider."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from crawler.checks.engine import judge, write
from crawler.model.account import Role
from crawler.model.policy import load_brands, load_pack
from crawler.store import index
from tests.bundles import a_request, a_visit, make_bundle
from tests.report.samples import picture

OLD, NEW = "20240311T020000Z-0000aaaa", "20240312T020000Z-0000bbbb"
PACK = "permendag-31-2023"


@pytest.fixture
def two(desk, tmp_path):
    """Two judged runs of a journey: the newer one has a name and a host more, and another picture."""
    for run_id, text, boxes in (
        (OLD, ["Kopi Gayo"], {}),
        (NEW, ["Kopi Gayo", "TikTok Shop"], {(100.0, 300.0, 400.0, 120.0): "x"}),
    ):
        visits = [a_visit("storefront", text=text, picture=picture(1_200, boxes))]
        requests = [a_request("https://www.tokopedia.com/")]
        requests += [a_request("https://baru.test/x")] if run_id == NEW else []
        bundle = make_bundle(tmp_path, visits, requests, run_id=run_id)
        write(bundle, judge(bundle, load_pack(PACK), load_brands()))
    index.update(desk.snapshots)
    return f"/compare?old=test-shop/{OLD}&new=test-shop/{NEW}"


def test_it_says_what_changed(two, visit):
    page = visit(Role.VIEWER).get(two).text
    assert "baru.test" in page
    assert "+ <bdi>TikTok Shop</bdi>" in page
    assert '<rect class="changed-box"' in page
    assert "img-comparison-slider" in page
    assert "style=" not in page


def test_it_speaks_indonesian(two, visit):
    assert "Dua perayapan berdampingan" in visit(Role.VIEWER, lang="id").get(two).text


def test_the_pictures_of_both_sides_are_there(two, visit):
    client = visit(Role.VIEWER)
    for run_id in (OLD, NEW):
        answer = client.get(f"/runs/test-shop/{run_id}/stages/1/whole/1")
        assert Image.open(io.BytesIO(answer.content)).width == 860


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        (f"old=test-shop/{OLD}", 400),
        (f"old=test-shop/{OLD}&new=test-shop/none", 404),
        (f"old=../x&new=test-shop/{NEW}", 404),
        (f"old=test-shop/{OLD}/data&new=test-shop/{NEW}", 404),
        (f"old=one&new=test-shop/{NEW}", 404),
    ],
)
def test_what_cannot_be_compared_is_refused(two, visit, query, status):
    assert visit(Role.VIEWER).get(f"/compare?{query}").status_code == status
