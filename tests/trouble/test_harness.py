"""The harness itself: a plain shop page and a missing one."""

from tests.trouble.harness import Step, crawl, html, verdict_line


def test_a_crawl_of_two_steps_tells_each_apart(tmp_path):
    pages = {"/": html("Toko", "<h1>Toko Kopi</h1><p>Kopi Gayo Rp45.000</p>")}
    steps = [
        Step("storefront", "https://toko.test/"),
        Step("info", "https://bantuan.toko.test/gone", name="gone"),
    ]
    found = crawl(tmp_path, lambda request: pages.get(request.path), steps)
    assert found.visit("storefront").reached
    assert (found.visit("gone").reached, found.visit("gone").reason) == (False, "error page")
    assert found.gaps(at="gone")
    assert set(found.verdicts) >= {"naming", "payment"}
    assert verdict_line(found)["exit_code"] == found.exit_code
