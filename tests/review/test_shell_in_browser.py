"""The pages that the desk itself has: log-in, first page, accounts, custody log, refusals."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe

from crawler.model.account import Account, Role
from crawler.review.passwords import hash_password
from tests.review.serving import served

PASSWORD = "kuda laut biru muda"
PAGES = ("/", "/accounts", "/custody", "/nowhere")


@pytest.fixture
def address(desk):
    desk.accounts.add(
        Account(
            name="ani",
            roles=(Role.ADMINISTRATOR,),
            created=datetime.now(UTC),
            password_hash=hash_password(PASSWORD),
        )
    )
    with served(desk) as port:
        yield f"http://127.0.0.1:{port}"


def grave_faults(page):
    """Return the serious and critical faults that axe finds, and that a page is wider than the window."""
    violations = Axe().run(page).response["violations"]
    grave = [each for each in violations if each["impact"] in ("serious", "critical")]
    told = [(each["id"], [node["html"][:120] for node in each["nodes"][:3]]) for each in grave]
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        told.append(("too wide", []))
    return told


@pytest.mark.browser
def test_one_logs_in_looks_around_by_keys_and_logs_out(address, browser):
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(f"{address}/accounts?lang=en")
    assert "/log-in?next=" in page.url
    assert grave_faults(page) == []
    page.get_by_label("Name").fill("ani")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Accounts").wait_for()
    assert page.url.endswith("/accounts?lang=en")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    assert "Show the keys" in dialog.inner_text()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    page.get_by_role("link", name="Indonesia").click()
    page.get_by_role("heading", name="Akun").wait_for()
    page.get_by_role("button", name="Keluar").click()
    page.wait_for_url("**/log-in")
    page.goto(f"{address}/accounts")
    assert "/log-in?next=" in page.url
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["id", "en"])
def test_axe_finds_no_grave_fault(address, desk, browser, lang):
    key = desk.accounts.start_session("ani", "password")
    faults = []
    for width, scheme in ((1_366, "light"), (390, "dark")):
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
        context.add_cookies([{"name": desk.entrance.cookie_name, "value": key, "url": address}])
        page = context.new_page()
        for path in PAGES:
            page.goto(f"{address}{path}?lang={lang}")
            faults += [(path, width, *each) for each in grave_faults(page)]
        page.keyboard.press("?")
        page.get_by_role("dialog").wait_for()
        faults += [("keys", width, *each) for each in grave_faults(page)]
        context.close()
    assert faults == []
