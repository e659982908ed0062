"""The shop itself: it takes orders when nothing stops it, starts fresh, ends with its starter."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from playwright.sync_api import sync_playwright

from crawler.browse.chromium.program import find_browser

from . import guest_checkout
from .install import Installation, InstallError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from .server import OscarShop

pytestmark = pytest.mark.timeout(900)

HOLD_A_SHOP = """
import sys
from pathlib import Path
from real_shop.server import OscarShop
with OscarShop(Path(sys.argv[1])) as shop:
    print(shop._process.pid, flush=True)
    sys.stdin.read()
"""


@pytest.mark.browser
def test_without_the_guard_an_order_is_placed(oscar_shop: OscarShop):
    """What makes "gained no row" worth saying: the same walk and two clicks more do gain one."""
    with _plain_browser(oscar_shop) as page:
        guest_checkout.walk(PlainJourney(page))
        page.get_by_role("link", name="Continue").click()
        page.get_by_role("button", name="Place order").click()
        page.get_by_role("heading", name="Confirmation").wait_for()
    assert oscar_shop.orders() == 1


@pytest.mark.browser
def test_payment_page_takes_a_card_to_the_preview(oscar_shop: OscarShop):
    with _plain_browser(oscar_shop) as page:
        guest_checkout.walk(PlainJourney(page))
        page.get_by_label("Card number").fill("4111 1111 1111 1111")
        page.get_by_label("CCV number").fill("123")
        page.get_by_role("button", name="Use this card").click()
        page.get_by_role("heading", name="Preview order").wait_for()
    assert oscar_shop.orders() == 0


def test_server_ends_with_the_process_that_started_it(tmp_path: Path):
    Installation().ensure()
    tests_dir = Path(__file__).parents[1]
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD_A_SHOP, tmp_path],
        cwd=tests_dir,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    server = psutil.Process(int(holder.stdout.readline()))
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    assert psutil.wait_procs([server], timeout=10)[1] == []


def test_install_says_in_one_sentence_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(InstallError, match=r"^Real shop: pip could not install django-oscar; .*\.$"):
        Installation(tmp_path / "home").ensure()


def test_second_install_changes_nothing():
    installation = Installation()
    installation.ensure()
    before = installation.filled.stat().st_mtime_ns
    installation.ensure()
    assert installation.filled.stat().st_mtime_ns == before


class PlainJourney:
    """The part of a journey that a walk uses, with nothing watched and nothing stopped."""

    start_url = guest_checkout.scenario.start_url

    def __init__(self, page: Page) -> None:
        self.page = page

    def stage(self, kind: str) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()


@contextlib.contextmanager
def _plain_browser(shop: OscarShop) -> Iterator[Page]:
    rules = ",".join(f"MAP {mapping.replace('=', ' ')}" for mapping in shop.resolve)
    switches = ["--no-sandbox", f"--host-resolver-rules={rules},MAP * ~NOTFOUND"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser().path, args=switches)
        yield browser.new_page(ignore_https_errors=True, locale="id-ID")
        browser.close()
