"""The guard must stand, or nothing is opened; and a page that does not answer holds nobody up."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Error

from crawler.browse.guard.guard import Guard
from crawler.browse.guard.limits import LIMITS, words_sha256
from crawler.errors import CaptureError
from crawler.model.scenario import Stage
from tests.site import page

pytestmark = pytest.mark.browser


def test_a_page_in_an_endless_script_holds_nobody_up_for_long(shop):
    shop.site.routes["/endless"] = page("e", "<script>setTimeout(() => { for (;;); }, 50)</script>")
    opened = shop.open("/")
    with opened.expect_popup() as waited:
        opened.evaluate("() => { open('http://other.test/endless', '', 'noopener') }")
    began = time.monotonic()
    shop.guard.enter(Stage.CART)
    shop.guard.enter(Stage.CHECKOUT)
    assert time.monotonic() - began < 8
    waited.value.close()
    opened.set_content("<button>Konfirmasi</button>")
    opened.click("button")
    opened.wait_for_timeout(50)
    assert [refusal.word for refusal in shop.refusals] == ["konfirmasi"]


def test_a_crashed_page_does_not_end_the_journey(shop):
    opened = shop.open("/")
    with pytest.raises(Error, match="crash"):
        opened.goto("chrome://crash")
    shop.guard.enter(Stage.CART)
    opened.close()


def _guard() -> Guard:
    return Guard(on_refusal=print, refused_request=lambda _event, _rule: "r", where=lambda: (0, None))


def test_after_a_page_was_opened_it_refuses_to_stand(shop):
    shop.open("/")
    with pytest.raises(CaptureError, match="was opened before it"):
        _guard().enable(shop.context)


def test_not_enabled_it_watches_nothing_and_enters_nothing(shop):
    with pytest.raises(CaptureError, match="not enabled"):
        _guard().watch(shop.context.pages[0])
    with pytest.raises(CaptureError, match="not enabled"):
        _guard().enter(Stage.CART)


def test_words_and_limits_are_stated():
    assert len(words_sha256()) == 64
    assert any(limit.startswith("unseen shop") for limit in LIMITS)
