"""A walk that replays: it seals a small bundle as a crawl would, judges it, and says so as `pantau run` does.

    replay = Replay({"toko-a": ["TikTok Shop"]})      # what the product page of a target says tonight
    night = NightWatch(setup, setup.local_queue, walk=replay, look_at_canary=good_canary).hold()

Everything around it is the code of a real night: queue, locks, records, comparison.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from crawler.checks.engine import judge, write
from crawler.cli.assess import line
from crawler.fleet.outcome import Walked, outcome_of
from crawler.model.night import CanaryResult
from crawler.model.policy import load_brands, load_pack
from crawler.store.bundle import Bundle
from tests.bundles import a_visit, make_bundle

PACK = "permendag-31-2023"
STAGES = ("storefront", "product")


@dataclass
class Replay:
    """Says what each target shows. A page is a list of texts by stage, a reason where it is not reached, or a
    callable of the order that gives one of these. `do` is called first and may do any harm."""

    pages: dict[str, Any] = field(default_factory=dict)
    do: Callable[[Any], None] = lambda _: None
    walked: list[str] = field(default_factory=list)
    at_once: dict[str, int] = field(default_factory=dict)
    most_at_once: dict[str, int] = field(default_factory=dict)
    began: dict[str, list[datetime]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, setup, order, start, lock, stopped):
        site = order.target.pace_site
        with self._lock:
            self.walked.append(order.job.name)
            self.began.setdefault(site, []).append(datetime.now(UTC))
            self.at_once[site] = self.at_once.get(site, 0) + 1
            self.most_at_once[site] = max(self.most_at_once.get(site, 0), self.at_once[site])
        try:
            self.do(order)
            return self._replayed(setup, order, start)
        finally:
            with self._lock:
                self.at_once[site] -= 1

    def _replayed(self, setup, order, start):
        shown = self.pages.get(order.job.target, ["Selamat datang di Shop | Tokopedia"])
        shown = shown(order) if callable(shown) else shown
        visits = [a_visit("storefront", text=["Selamat datang di Shop | Tokopedia"])]
        if isinstance(shown, str):
            visits.append(a_visit("product", reached=False, reason=shown))
        else:
            visits.append(a_visit("product", text=shown))
        bundle = make_bundle(setup.base, visits, run_id=start.run_id, device=order.job.device)
        judgement = judge(bundle, load_pack(PACK), load_brands())
        write(bundle, judgement)
        found = line(Bundle(bundle.root), judgement, report=None)
        return outcome_of(setup.out, start, Walked(exit_code=found.exit_code, line=found, duration_s=1.0))


def good_canary(setup, plan, not_after, bundles, *, stopped, walk):
    return CanaryResult(state="2024-03-04", expected=7)


def fallen_canary(setup, plan, not_after, bundles, *, stopped, walk):
    return CanaryResult(state="2024-03-04", expected=7, missed=("not found: cart-alt",))
