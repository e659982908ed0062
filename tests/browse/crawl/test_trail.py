"""The addresses of a visit, followed from page to page."""

from types import SimpleNamespace

import pytest

from crawler.browse.crawl.trail import Trail
from crawler.lib.redact import Redactor


class Page:
    """Stands for a page: an address, and listeners that are told when it goes elsewhere."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.listeners: list = []

    def on(self, event: str, listener) -> None:
        assert event == "framenavigated"
        self.listeners.append(listener)

    def remove_listener(self, event: str, listener) -> None:
        self.listeners.remove(listener)

    def goes_to(self, url: str, parent: object = None) -> None:
        self.url = url
        for listener in list(self.listeners):
            listener(SimpleNamespace(url=url, parent_frame=parent))


@pytest.fixture
def moves() -> list[str]:
    return []


@pytest.fixture
def trail(moves) -> Trail:
    return Trail(Redactor(b"k" * 32), lambda: moves.append("moved"))


def test_addresses_of_the_page_count_and_those_of_frames_do_not(trail, moves):
    page = Page("about:blank")
    trail.follow(page)
    page.goes_to("https://a.test/")
    page.goes_to("https://frame.test/", parent=object())
    assert (trail.urls, moves) == (["https://a.test/"], ["moved"])


def test_a_popup_is_at_its_address_already_when_it_is_followed(trail):
    first, popup = Page("https://a.test/"), Page("https://b.test/")
    trail.follow(first)
    trail.follow(popup)
    first.goes_to("https://a.test/2")
    popup.goes_to("https://b.test/2")
    assert trail.urls == ["https://b.test/", "https://b.test/2"]


def test_the_same_page_is_followed_once(trail):
    page = Page("https://a.test/")
    trail.follow(page)
    trail.follow(page)
    page.goes_to("https://a.test/2")
    assert trail.urls == ["https://a.test/2"]


def test_secrets_in_addresses_are_hashed(trail):
    page = Page("about:blank")
    trail.follow(page)
    page.goes_to("https://a.test/?access_token=abc99887766")
    assert "abc99887766" not in trail.urls[0]


def test_after_its_end_nothing_is_followed(trail, moves):
    page = Page("about:blank")
    trail.follow(page)
    trail.end()
    page.goes_to("https://a.test/")
    assert (trail.urls, moves) == ([], [])
