"""A shop that nobody here shaped, with everything in place that the rules ask for, is not accused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crawler.model.finding import Judgement

from .server import OscarShop
from .walk import DEVICES, SCENARIO, Walk, walk_shop

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

STAGES = [
    "storefront",
    "search",
    "product",
    "cart",
    "checkout",
    "checkout",
    "checkout",
    "payment",
    "invoice",
    "info",
]

# Appended to the scenario: the invoice of an older order, and the help page.
GOES_ON = """
guest_walk = walk
scenario = scenario.model_copy(
    update={
        "id": "oscar-clean-guest",
        "start_url": "https://www.tokopedia.com/",
        "stages": (*scenario.stages, Stage.INVOICE, Stage.INFO),
    }
)


def walk(journey):
    guest_walk(journey)
    with journey.stage(Stage.INVOICE):
        journey.open_invoice()
    with journey.stage(Stage.INFO):
        journey.page.get_by_role("link", name="Bantuan").click()
        journey.page.get_by_role("heading", name="Bantuan", level=1).wait_for()
"""


@pytest.mark.parametrize("device", DEVICES)
def test_a_clean_shop_has_no_indication(
    tmp_path: Path, device: str, record_property: Callable[[str, object], None]
):
    (tmp_path / "shop").mkdir()
    script = tmp_path / "clean_guest.py"
    script.write_text(SCENARIO.read_text("utf-8") + GOES_ON, "utf-8")
    with OscarShop(tmp_path / "shop", clean=True) as shop:
        invoice = f"{shop.start_url}pesanan/20261103/invoice/"
        walk = walk_shop(shop, device, tmp_path / "out", scenario=script, invoice_url=invoice)
        orders = shop.orders()

    told = ", ".join(f"{name} {verdict}" for name, verdict in walk.verdict["obligations"].items())
    record_property("measure", f"clean django-oscar, {device}: {told}; orders: {orders}")
    assert walk.stages == STAGES, walk.run["visits"]
    assert _accusations(walk) == []
    assert walk.verdict["obligations"] == dict.fromkeys(walk.verdict["obligations"], "pass")
    assert orders == 0


def _accusations(walk: Walk) -> list[str]:
    """Return what a rule holds against the shop, one line a finding."""
    paths = sorted((walk.bundle / "findings").glob("*.json"))
    judgements = [Judgement.model_validate_json(path.read_text("utf-8")) for path in paths]
    assert judgements
    return [
        f"{rule.rule} at {finding.url}: {finding.observed}"
        for judgement in judgements
        for rule in judgement.rules
        for finding in rule.findings
        if finding.outcome == "fail"
    ]
