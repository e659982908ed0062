"""Runs to review: the reference shop as its pilot stood, walked by a real browser, and a season of others."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.browse.run.supervisor import supervise
from crawler.checks.engine import judge, write
from crawler.demo.shop import ReferenceShop
from crawler.demo.states import load_state
from crawler.model.policy import load_brands, pack_in_force
from crawler.settings import HostMapping, RunSettings
from crawler.store import index
from crawler.store.bundle import Bundle
from tests.bench import reviewable
from tests.demo.visits import SCENARIO, SMALL, addresses

if TYPE_CHECKING:
    from collections.abc import Sequence

STAGES = ("storefront", "cart", "payment")


def walk_pilot(folder: Path, *, stages: Sequence[str] = STAGES) -> Path:
    """Walk some stages of the pilot, judge the run, and return the folder of the bundles."""
    state = load_state("2023-12-12").with_switches(SMALL)
    with ReferenceShop(state, work_dir=folder / "shop") as shop:
        urls = addresses(shop)
        script = folder / "some_stages.py"
        script.write_text(SCENARIO.format(visits=[(stage, urls[stage]) for stage in stages]))
        pairs = (entry.split("=", 1) for entry in (*shop.resolve, "*=~NOTFOUND"))
        outcome = supervise(
            script,
            RunSettings(
                as_of=state.as_of,
                dwell_s=1.0,
                deadline_s=240,
                out=folder / "snapshots",
                resolve=tuple(HostMapping(host=host, target=target) for host, target in pairs),
                trust_ca=shop.trust_ca,
            ),
        )
    judge_again(Path(outcome.root))
    return folder / "snapshots"


def judge_again(root: Path, **facts: object) -> None:
    """Judge a run by the pack of its day and keep the judgement."""
    bundle = Bundle(root)
    write(bundle, judge(bundle, pack_in_force(bundle.run.as_of), load_brands(), **facts))
    index.add(root)


def with_season(pilot: Path, out: Path) -> Path:
    """Copy the pilot's run beside a season of other runs, so that there is enough to decide, and index it."""
    reviewable.build(out.parent, runs=4, findings=120, decided_share=0)
    shutil.copytree(pilot, out, dirs_exist_ok=True)
    index.update(out)
    return out
