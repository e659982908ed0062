"""Two ways to walk the test site: as the product does, and with nothing but Playwright's own events."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

from crawler.browse.chromium.program import find_browser
from crawler.browse.run.supervisor import supervise
from crawler.settings import HostMapping, RunSettings
from tests.witness.scenario import ARRIVED

SCENARIO = Path(__file__).with_name("scenario.py")
REPORTING = "--short-reporting-delay"  # else reports wait a minute


def pantau(folder: Path, authority: Path, ports: dict[str, int]) -> dict[str, Any]:
    """Walk with Pantau and return where the bundle is."""
    settings = RunSettings(
        out=folder / "snapshots", trust_ca=authority, browser=str(_browser(folder)), resolve=_mapped(ports),
        dwell_s=2.5, settle_s=4, deadline_s=300, step_timeout_s=30,
        device="mobile" if os.environ.get("WITNESS_DEVICE") == "mobile" else "desktop",
    )  # fmt: skip
    outcome = supervise(SCENARIO, settings)
    return {
        "bundle": str(outcome.root),
        "visits": [[v.kind.value, v.reached, v.detail] for v in outcome.run.visits],
    }


def plain(folder: Path, authority: Path, ports: dict[str, int]) -> dict[str, Any]:
    """Walk with a plain Playwright script and return the hosts that its events name."""
    home = folder / "home"
    database = home / ".pki/nssdb"
    database.mkdir(parents=True)
    subprocess.run(["certutil", "-N", "-d", f"sql:{database}", "--empty-password"], check=True)
    subprocess.run(
        ["certutil", "-A", "-d", f"sql:{database}", "-n", "site", "-t", "C,,", "-i", str(authority)],
        check=True,
    )
    hosts: set[str] = set()
    rules = [f"--host-resolver-rules={_rules(ports)}"] if ports else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(_browser(folder)),
            args=[*rules, *(["--no-sandbox"] if os.geteuid() == 0 else [])],
            env={**os.environ, "HOME": str(home)},
        )
        context = browser.new_context()
        context.on("request", lambda request: hosts.add(_host(request.url)))
        context.on("page", lambda page: page.on("websocket", lambda socket: hosts.add(_host(socket.url))))
        page = context.new_page()
        walk_page(page)
        context.close()
        browser.close()
    return {"hosts": sorted(hosts)}


def walk_page(page: Page) -> None:
    """Do by a plain script what the scenario does."""
    page.goto("https://shop.test/")
    page.wait_for_function("document.title == 'controlled'")
    act(page)
    page.wait_for_timeout(3_000)
    page.get_by_role("link", name="product").click()
    page.get_by_role("heading", name="Product").wait_for()
    page.wait_for_timeout(1_000)
    page.get_by_role("link", name="till").click()
    page.get_by_role("heading", name="Till").wait_for()
    page.wait_for_timeout(2_500)
    page.close()
    page.context.pages[-1].evaluate(ARRIVED, ["m-close-beacon.test", "m-close-keepalive.test"])


def act(page: Page) -> None:
    """Click what only a person starts: popups, pings, downloads."""
    with page.context.expect_page():
        page.get_by_role("button", name="open").click()
    with page.context.expect_page():
        page.get_by_role("link", name="blank").click()
    page.get_by_role("link", name="ping").click()
    page.get_by_role("link", name="download").evaluate("link => link.click()")


def _browser(folder: Path) -> Path:
    """Return a program that starts the browser with a short delay for reports."""
    program = folder / "browser"
    if not program.exists():
        program.write_text(f'#!/bin/sh\nexec "{find_browser().path}" "$@" {REPORTING}\n')
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def _mapped(ports: dict[str, int]) -> tuple[HostMapping, ...]:
    return (HostMapping(host="*.test", target=f"127.0.0.1:{ports['https']}"),) if ports else ()


def _rules(ports: dict[str, int]) -> str:
    return f"MAP *.test 127.0.0.1:{ports['https']}"


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


KINDS = {"pantau": pantau, "plain": plain}
