"""A plain Playwright script, as one writes it first. START_URL RESOLVER_RULES FOLDER.

A new browser a page, `networkidle`, a full-page PNG, a HAR.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from crawler.browse.chromium.program import find_browser
from tests.bench.shop import PAGES

start_url, rules, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
with sync_playwright() as playwright:
    for number in range(1, PAGES + 1):
        browser = playwright.chromium.launch(
            executable_path=find_browser(None).path,
            chromium_sandbox=os.geteuid() != 0,
            args=[f"--host-resolver-rules={rules}"],
        )
        context = browser.new_context(
            record_har_path=folder / f"{number}.har", viewport={"width": 1366, "height": 768}
        )
        page = context.new_page()
        page.goto(f"{start_url}{number}", wait_until="networkidle")
        page.screenshot(path=folder / f"{number}.png", full_page=True)
        context.close()
        browser.close()
