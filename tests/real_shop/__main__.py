"""`make real-shop`: install the shop if need be, walk it on each device, print one line a device."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from .install import Installation, InstallError
from .server import OscarShop
from .walk import DEVICES, Walk, walk_shop


def main() -> int:
    """Return 0 if each device reached the payment page and the shop's order table gained no row."""
    try:
        Installation().ensure()
    except InstallError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    held = [_walk_once(device) for device in DEVICES]
    return 0 if all(held) else 1


def _walk_once(device: str) -> bool:
    with tempfile.TemporaryDirectory(prefix="real-shop-") as name:
        folder = Path(name)
        (folder / "shop").mkdir()
        with OscarShop(folder / "shop") as shop:
            before = shop.orders()
            walk = walk_shop(shop, device, folder / "out")
            gained = shop.orders() - before
            answered = shop.answered()
    stages = " > ".join(walk.stages)
    sys.stdout.write(f"{device}: {stages}; {_verdict(walk)}; orders gained: {gained}\n")
    missed = [visit for visit in walk.run["visits"] if not visit["reached"]]
    for visit in missed:
        sys.stdout.write(f"  {visit['kind']} not reached: {visit['reason']}: {visit['detail']}\n")
    if missed:
        sys.stdout.write("  what the shop answered last:\n    " + "\n    ".join(answered[-12:]) + "\n")
    return "payment" in walk.stages and gained == 0


def _verdict(walk: Walk) -> str:
    index = walk.verdict["index"]
    return f"{walk.verdict['verdict']}, index {index['passed']}/{index['judged']}"


if __name__ == "__main__":
    sys.exit(main())
