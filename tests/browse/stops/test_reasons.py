"""The reason that is told follows the cause, not the first symptom."""

from __future__ import annotations

import pytest
from playwright.sync_api import Error
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from crawler.browse.stops.reasons import cause, dead, driver_gone, follows_refusal, waited
from crawler.errors import GuardRefused, NavigationError, StageError, StageTimeout

MISSING = 'Timeout 1ms exceeded.\nCall log:\n - waiting for get_by_text("x")'
CLICKED = "Timeout 1ms exceeded.\nCall log:\n - waiting for x\n - waiting for navigation"
DRIVER = "Connection closed while reading from the driver"


@pytest.mark.parametrize(
    ("error", "refused", "reason"),
    [
        (Exception(DRIVER), False, "driver died"),
        (Error("Playwright connection closed"), False, "driver died"),
        (Error(f"Page.click: {DRIVER}"), False, "driver died"),
        (Error("Page.goto: Download is starting\nCall log:\n"), False, "download"),
        (Error("Page.click: Target page, context or browser has been closed"), False, "page closed"),
        (Error("Page.goto: net::ERR_CONNECTION_REFUSED at https://x/"), False, "navigation"),
        (Error("Page.goto: net::ERR_ABORTED at https://x/"), False, "navigation"),
        (Error("Page.goto: net::ERR_ABORTED at https://x/"), True, "guard"),
        (Error("Page.goto: net::ERR_BLOCKED_BY_CLIENT at https://x/"), True, "guard"),
        (Error("Page.goto: net::ERR_NAME_NOT_RESOLVED at https://x/"), True, "navigation"),
        (Error("Page.goto: net::ERR_TOO_MANY_REDIRECTS at https://x/"), True, "navigation"),
        (Error("Page.goto: net::ERR_HTTP_RESPONSE_CODE_FAILURE at https://x/"), True, "navigation"),
        (NavigationError("x: there is no answer"), False, "navigation"),
        (PlaywrightTimeout(MISSING), False, "element missing"),
        (PlaywrightTimeout(CLICKED), False, "timeout"),
        (PlaywrightTimeout("Page.goto: Timeout 1ms exceeded."), False, "timeout"),
        (PlaywrightTimeout("Page.goto: Timeout 1ms exceeded."), True, "timeout"),
        (PlaywrightTimeout(MISSING), True, "element missing"),
        (Error("Page.evaluate: TypeError: Failed to fetch"), True, "guard"),
        (Error("Page.evaluate: TypeError: Failed to fetch"), False, "element missing"),
        (Error("Locator.click: strict mode violation: resolved to 2 elements"), True, "element missing"),
        (Error("Page.click: Target page, context or browser has been closed"), True, "page closed"),
        (KeyError("harga"), True, "script error"),
        (Exception("net::ERR_ABORTED in a scenario's own words"), True, "script error"),
        (StageTimeout("no answer"), False, "timeout"),
        (StageError("not today"), False, "element missing"),
        (GuardRefused("stopped"), False, "guard"),
        (AssertionError("Locator expected to be visible"), False, "element missing"),
        (ZeroDivisionError("x"), False, "script error"),
        (Exception("something of the scenario's own"), False, "script error"),
    ],
)
def test_cause(error: Exception, refused: bool, reason: str) -> None:
    assert cause(error, refused=refused) == reason


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (PlaywrightTimeout(MISSING), True),
        (StageTimeout("no answer"), True),
        (AssertionError("Locator expected to be visible"), True),
        (Error("strict mode violation"), False),
        (StageError("not today"), False),
    ],
)
def test_who_waited_in_vain(error: Exception, told: bool) -> None:
    assert waited(error) is told


def test_a_page_may_stay_empty_for_want_of_an_answer_and_never_becomes_a_challenge_by_that() -> None:
    assert follows_refusal("empty page", 200)
    assert follows_refusal("error page", None)
    assert not follows_refusal("error page", 503)
    assert not follows_refusal("challenge", 200)


@pytest.mark.parametrize(
    ("name", "is_dead"),
    [
        ("ERR_NAME_NOT_RESOLVED", True),
        ("ERR_CONNECTION_REFUSED", True),
        ("ERR_CERT_DATE_INVALID", True),
        ("ERR_SSL_PROTOCOL_ERROR", True),
        ("ERR_TOO_MANY_REDIRECTS", False),
        ("ERR_ABORTED", False),
        ("ERR_HTTP_RESPONSE_CODE_FAILURE", False),
    ],
)
def test_a_dead_site_is_told_from_an_address_that_failed(name: str, is_dead: bool) -> None:
    assert bool(dead(Error(f"Page.goto: net::{name} at https://x/"))) is is_dead


def test_a_scenario_s_own_exception_is_not_the_driver_s() -> None:
    assert not driver_gone(RuntimeError(DRIVER))
    assert not driver_gone(KeyError("x"))
