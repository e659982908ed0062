"""The floor: one browser loads the six pages and looks at nothing. START_URL RESOLVER_RULES."""

from __future__ import annotations

import os
import sys

from playwright.sync_api import sync_playwright

from crawler.browse.chromium.program import find_browser
from crawler.browse.chromium.switches import disabled_features
from tests.bench.shop import PAGES

start_url, rules = sys.argv[1:3]
args = [f"--host-resolver-rules={rules}", f"--disable-features={','.join(disabled_features())}"]
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path=find_browser(None).path, chromium_sandbox=os.geteuid() != 0, args=args
    )
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    for number in range(1, PAGES + 1):
        page.goto(f"{start_url}{number}", wait_until="load")
    browser.close()
