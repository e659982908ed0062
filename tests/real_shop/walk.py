"""One guest checkout through `pantau run`, as a user would start it, and what came of it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .server import OscarShop

SCENARIO = Path(__file__).parent / "guest_checkout.py"
PANTAU = Path(sys.executable).with_name("pantau")
DEVICES = ("desktop", "mobile")
NO_OTHER_HOST = "*=~NOTFOUND"
DEADLINE_S = 240
GRACE_S = 60  # after the deadline, for sealing and judging


@dataclass(frozen=True)
class Walk:
    """What a run left: exit code and output of the command, its bundle and the bundle's `run.json`."""

    exit_code: int
    verdict: dict[str, Any]
    messages: str
    bundle: Path
    run: dict[str, Any]

    @property
    def stages(self) -> list[str]:
        """Kinds of the stages that were reached, in order."""
        return [visit["kind"] for visit in self.run["visits"] if visit["reached"]]


def walk_shop(
    shop: OscarShop,
    device: str,
    out_dir: Path,
    *,
    scenario: Path = SCENARIO,
    dwell_s: float = 1,
    invoice_url: str = "",
) -> Walk:
    """Run a scenario against the shop and read what it left.

    Args:
        shop: A running shop.
        device: One of DEVICES.
        out_dir: An empty directory for the bundle.
        scenario: The script to run.
        dwell_s: How long to go on listening at every stage.
        invoice_url: An invoice to open; empty for none.

    Returns:
        What the run left; its verdict is the line that `pantau run --json` prints.

    Raises:
        RuntimeError: If the command left no bundle or no verdict; the message ends with what it said.
    """
    hosts = [part for mapping in (*shop.resolve, NO_OTHER_HOST) for part in ("--resolve", mapping)]
    limits = ["--dwell", str(dwell_s), "--deadline", str(DEADLINE_S)]
    options = ["--device", device, *hosts, "--trust-ca", shop.trust_ca, *limits, "--out", out_dir, "--json"]
    options += ["--invoice-url", invoice_url] if invoice_url else []
    command = [PANTAU, "run", scenario, *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S + GRACE_S, check=False)
    records = list(out_dir.rglob("data/run.json"))
    if len(records) != 1 or not done.stdout:
        raise RuntimeError(f"{len(records)} bundles, exit code {done.returncode}: {done.stderr[-3000:]}")
    bundle = records[0].parents[1]
    run = json.loads(records[0].read_text("utf-8"))
    return Walk(done.returncode, json.loads(done.stdout), done.stderr, bundle, run)
