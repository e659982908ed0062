"""The journey holds on a shop that nobody here shaped to fit it."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from .walk import DEVICES, PANTAU, SCENARIO, walk_shop

if TYPE_CHECKING:
    from pathlib import Path

    from .server import OscarShop

# The first test on a machine also installs the shop.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

SHOP = r"https://toko-oscar\.test"
STAGES = [
    ("storefront", rf"{SHOP}/catalogue/"),
    ("search", rf"{SHOP}/search/\?q=batik"),
    ("product", rf"{SHOP}/catalogue/kain-batik-parang-solo-katun-halus_\d+/"),
    ("cart", rf"{SHOP}/basket/"),
    ("checkout", rf"{SHOP}/checkout/"),
    ("checkout", rf"{SHOP}/checkout/shipping-address/"),
    ("checkout", rf"{SHOP}/checkout/shipping-method/"),
    ("payment", rf"{SHOP}/checkout/payment-details/"),
]

# A shop of nobody we know: no foreign name on it, nor Tokopedia's, and servers whose operator is not known.
JUDGED = {"naming": "pass", "identity": "fail", "payment": "needs_review", "checkout": "needs_review"}

# Appended to the scenario: a shopper who goes on, to the button that would place the order.
IMPATIENT = """
guest_walk = walk
scenario = scenario.model_copy(
    update={"id": "oscar-impatient-guest", "stages": (*scenario.stages, Stage.CHECKOUT, Stage.INVOICE)}
)


def walk(journey):
    guest_walk(journey)
    page = journey.page
    with journey.stage(Stage.CHECKOUT):
        page.get_by_role("link", name="Continue").click()
        page.get_by_role("heading", name="Preview order").wait_for()
    with journey.stage(Stage.INVOICE):
        page.get_by_role("button", name="Place order").click()
        page.get_by_role("heading", name="Confirmation").wait_for(timeout=5_000)
"""


@pytest.mark.parametrize("device", DEVICES)
def test_guest_reaches_payment_and_orders_nothing(oscar_shop: OscarShop, tmp_path: Path, device: str):
    walk = walk_shop(oscar_shop, device, tmp_path / "out")

    assert walk.run["status"] == "complete", walk.messages
    _assert_stages(walk.run["visits"])
    assert oscar_shop.orders() == 0
    assert walk.run["guard"]["refusals"] == []
    assert JUDGED.items() <= walk.verdict["obligations"].items()
    assert walk.exit_code == 1
    _assert_sealed(walk.bundle)


@pytest.mark.long
@pytest.mark.parametrize("device", DEVICES)
def test_five_runs_of_five(oscar_shop: OscarShop, tmp_path: Path, device: str):
    for number in range(5):
        walk = walk_shop(oscar_shop, device, tmp_path / f"out-{number}")
        _assert_stages(walk.run["visits"])
    assert oscar_shop.orders() == 0


def test_place_order_is_stopped(oscar_shop: OscarShop, tmp_path: Path):
    script = tmp_path / "impatient_guest.py"
    script.write_text(SCENARIO.read_text("utf-8") + IMPATIENT, "utf-8")

    walk = walk_shop(oscar_shop, "desktop", tmp_path / "out", scenario=script)

    last = walk.run["visits"][-1]
    assert walk.stages == [kind for kind, _ in STAGES] + ["checkout"]
    assert (last["kind"], last["reached"], last["reason"]) == ("invoice", False, "guard")
    assert [refusal["control"] for refusal in walk.run["guard"]["refusals"]] == ["Place order"]
    assert oscar_shop.orders() == 0


def _assert_stages(visits: list[dict]):
    reached = [(visit["kind"], visit["urls"][-1]) for visit in visits if visit["reached"]]
    assert [kind for kind, _ in reached] == [kind for kind, _ in STAGES], visits
    for (kind, url), (_, pattern) in zip(reached, STAGES, strict=True):
        assert re.fullmatch(pattern, url), f"{kind} at {url}"


def _assert_sealed(bundle: Path):
    for command in (
        [PANTAU, "verify", bundle],
        [sys.executable, bundle / "verify.py"],
        ["sha256sum", "--check", "--quiet", "manifest-sha256.txt"],
    ):
        done = subprocess.run(command, cwd=bundle, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
