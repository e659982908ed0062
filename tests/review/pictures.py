"""Draws the desk's pages of findings and runs for `docs/images`, in both languages: `make desk-pictures`.

Without a folder of bundles it walks two states of the reference shop first, some minutes. Look at each
picture before it is committed: it is what the guides show.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from crawler.browse.chromium.program import find_browser
from crawler.demo.shop import ReferenceShop
from crawler.demo.states import load_state
from crawler.lib.clock import jakarta_date
from crawler.model.account import Account, Role
from crawler.model.queue import QueueFilter
from crawler.review.desk import Desk, Entrance
from crawler.review.views.asked import AskedQueue
from crawler.review.views.finding import finding_address
from crawler.store import index
from crawler.store.accounts import Accounts
from crawler.store.custody import Custody
from crawler.store.index import queue
from crawler.store.index.listing import list_runs
from tests.review.serving import served

IMAGES = Path(__file__).parents[2] / "docs" / "images"
QUICK = Path(__file__).parents[1] / "fleet" / "quick_shop.py"
STATES = ("2024-03-04", "2024-03-12")
SIZE = {"width": 1366, "height": 900}
TOKEN = "token-for-pictures"


def walk(folder: Path) -> Path:
    """Walk two states of the reference shop, judge both runs, and return the folder of the bundles."""
    for state in STATES:
        with ReferenceShop(load_state(state), work_dir=folder / state) as shop:
            command = [sys.executable, "-m", "crawler.cli", "run", str(QUICK), "--as-of", state]
            command += [
                "--out",
                str(folder / "snapshots"),
                "--trust-ca",
                str(shop.trust_ca),
                "--dwell",
                "0.2",
            ]
            command += [word for each in shop.resolve for word in ("--resolve", each)]
            subprocess.run(command, check=False)  # the exit code is the verdict
    return folder / "snapshots"


def pages(out: Path) -> dict[str, str]:
    """Return what is drawn: addresses by the name of the picture."""
    new, old = list_runs(out).items[:2]
    series = (
        f"target={new.target}&scenario={new.scenario}&device={new.device}&simulated={bool(new.simulated)}"
    )
    worst = queue.queue(out, QueueFilter(), jakarta_date(), limit=1)
    finding = {"finding": finding_address(AskedQueue(), worst[0])} if worst else {}
    return {
        "queue": "/queue",
        **finding,
        "unobserved": "/unobserved",
        "hosts": "/hosts",
        "runs": "/runs",
        "run": f"/runs/{old.bundle}",
        "stage": f"/runs/{old.bundle}/stages/1",
        "requests": f"/runs/{old.bundle}/requests?words=gql",
        "compare": f"/compare?old={old.bundle}&new={new.bundle}",
        "trend": f"/trend?{series}",
        "search": "/search?q=tiktok",
    }


def draw(out: Path, nights: Path, images: Path) -> None:
    """Draw every page of a desk over a folder of bundles, in both languages."""
    with TemporaryDirectory(prefix="pantau-desk-") as name:
        accounts = Accounts(Path(name) / "accounts.db")
        accounts.add(Account(name="siti", roles=(Role.ADMINISTRATOR,), created=datetime.now(UTC)))
        desk = Desk(
            snapshots=out,
            accounts=accounts,
            custody=Custody(Path(name)),
            nights=nights,
            entrance=Entrance(token=TOKEN),
        )
        with served(desk) as port, sync_playwright() as playwright:
            sandbox = [] if os.geteuid() else ["--no-sandbox"]
            browser = playwright.chromium.launch(executable_path=str(find_browser().path), args=sandbox)
            page = browser.new_page(viewport=SIZE)
            place = f"http://127.0.0.1:{port}"
            page.goto(f"{place}/enter?token={TOKEN}")
            for picture, path in pages(out).items():
                for lang, end in (("id", ""), ("en", "-en")):
                    page.goto(f"{place}{path}{'&' if '?' in path else '?'}lang={lang}")
                    page.wait_for_load_state("networkidle")
                    page.screenshot(path=images / f"desk-{picture}{end}.png")
            browser.close()


def main() -> None:
    """Draw the pictures."""
    parser = argparse.ArgumentParser(prog="python -m tests.review.pictures", description=__doc__)
    parser.add_argument("--bundles", type=Path, help="folder of bundles; walked anew unless given")
    parser.add_argument("--nights", type=Path, default=Path("nights"))
    parser.add_argument("--images", type=Path, default=IMAGES)
    given = parser.parse_args()
    with TemporaryDirectory(prefix="pantau-walked-") as name:
        out = given.bundles or walk(Path(name))
        index.update(out)
        draw(out, given.nights, given.images)


if __name__ == "__main__":
    main()
