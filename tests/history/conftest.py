"""Two runs of a shop, made by the writer that a crawl uses and judged by the real rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crawler.checks.engine import judge
from crawler.history.judged import Judged
from crawler.model.policy import load_brands, load_pack
from tests.bundles import make_bundle

if TYPE_CHECKING:
    from collections.abc import Callable

PACK = "permendag-31-2023"


@pytest.fixture
def run(tmp_path) -> Callable[..., Judged]:
    """Return what makes a judged run; each call makes the next one."""
    made = 0

    def make(visits, requests=(), **facts) -> Judged:
        nonlocal made
        made += 1
        bundle = make_bundle(
            tmp_path, visits, requests, run_id=f"20240312T0{made}0000Z-0000000{made}", **facts
        )
        brands = load_brands()
        return Judged(bundle, judge(bundle, load_pack(PACK), brands), brands)

    return make
