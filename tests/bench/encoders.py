"""What one picture of a whole page costs, by encoder: `python -m tests.bench.encoders`."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.table import Table

from crawler.browse.chromium.program import find_browser
from tests.bench import processes
from tests.bench.shop import SHOP_HOST, shop

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession

PICTURES = 2
ENCODERS: dict[str, dict[str, Any]] = {
    "PNG, optimised for speed": {"format": "png", "optimizeForSpeed": True},
    "PNG": {"format": "png"},
    "WebP, quality 100": {"format": "webp", "quality": 100},
}
ROLES = ("browser process", "GPU process", "Playwright's driver", "renderer")


def measure(cdp: CDPSession, encoder: dict[str, Any]) -> tuple[float, dict[str, float]]:
    """Return the MiB of a picture of the whole page, and the processor seconds it took by role."""
    size = cdp.send("Page.getLayoutMetrics")["cssContentSize"]
    clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
    asked = {**encoder, "clip": clip, "captureBeyondViewport": True}
    before = _used()
    taken = [cdp.send("Page.captureScreenshot", asked)["data"] for _ in range(PICTURES)]
    after = _used()
    mib = len(base64.b64decode(taken[-1])) / 2**20
    return mib, {role: (after.get(role, 0.0) - before.get(role, 0.0)) / PICTURES for role in ROLES}


def _used() -> dict[str, float]:
    seen = processes.Processes()
    seen.look()
    return seen.seconds(0.0)


def main() -> None:
    """Print the table."""
    table = Table("encoder", "MiB", *ROLES, title="One picture of a whole page, CPU seconds")
    rules = f"--host-resolver-rules=MAP {SHOP_HOST} 127.0.0.1"
    with shop() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(None).path, chromium_sandbox=os.geteuid() != 0, args=[rules]
        )
        page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
        page.goto(site.url("/1", host=SHOP_HOST), wait_until="networkidle")
        cdp = page.context.new_cdp_session(page)
        for name, encoder in ENCODERS.items():
            mib, used = measure(cdp, encoder)
            table.add_row(name, f"{mib:.1f}", *(f"{used[role]:.2f}" for role in ROLES))
        browser.close()
    Console().print(table)


if __name__ == "__main__":
    main()
