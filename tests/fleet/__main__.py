"""`make fleet`: a PostgreSQL on loopback, three workers, one night on them, and nothing of it afterwards.

    python -m tests.fleet [PANTAU.TOML]

With a file of targets the night is that of its targets. Without one it is of the reference shop, served here,
in a folder that is removed again.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from crawler.demo.shop import ReferenceShop
from crawler.demo.states import load_state
from tests.fleet.postgres import Postgres
from tests.fleet.workers import Workers

ROOT = Path(__file__).parents[2]
WORKERS = 3
STATE = "2024-02-19"


def main(arguments: list[str]) -> int:
    """Bring a fleet up, hold a night, take it down, and return the night's exit code."""
    with ExitStack() as stack:
        config = Path(arguments[0]) if arguments else stack.enter_context(ShopOnFile()).config
        postgres = stack.enter_context(Postgres())

        def worker(name: str) -> list[str]:
            return [*PANTAU, "worker", "--config", str(config), "--queue", postgres.url, "--name", name]

        stack.enter_context(Workers(worker, WORKERS, postgres.environment))
        sys.stderr.write(f"queue: {postgres.url}; workers: {WORKERS}\n")
        night = subprocess.run(
            [*PANTAU, "nightly", "--config", str(config), "--queue", postgres.url],
            env=os.environ | postgres.environment,
            check=False,
        )
    return night.returncode


PANTAU = (sys.executable, "-m", "crawler.cli")


class ShopOnFile(ExitStack):
    """The reference shop, and a file of targets that leads to it; use it as a context."""

    config: Path

    def __enter__(self) -> Self:
        folder = Path(self.enter_context(tempfile.TemporaryDirectory(prefix="pantau-fleet-")))
        state = load_state(STATE)
        shop = self.enter_context(ReferenceShop(state, work_dir=folder / "shop"))
        resolve = ", ".join(f'"{each}"' for each in (*shop.resolve, "*=~NOTFOUND"))
        self.config = folder / "pantau.toml"
        self.config.write_text(
            f'[[targets]]\nid = "toko"\nscenario = "{ROOT}/scenarios/{state.scenario}.py"\n'
            f'as_of = {state.as_of}\ninvoice_url = "{shop.invoice_url}"\nresolve = [{resolve}]\n'
            f'trust_ca = "{shop.trust_ca}"\ndwell_s = 1.0\npace = {{ at_once = 2, every_s = 1.0 }}\n',
            encoding="utf-8",
        )
        return self


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
