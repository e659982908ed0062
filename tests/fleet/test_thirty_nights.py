"""Thirty nights of the reference shop through its six states, with something going wrong in most of them.

Some journeys are really walked, the others replay the sealed bundle of their state through the same code.
What must be true of every night is counted over all of them and printed.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import threading
from collections import Counter
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from crawler.browse.chromium.work import sweep
from crawler.checks.engine import judge, write
from crawler.cli.assess import line
from crawler.demo.shop import ReferenceShop
from crawler.demo.states import load_state
from crawler.errors import NightError, QueueError
from crawler.fleet.after import finish_night
from crawler.fleet.config import Setup
from crawler.fleet.journey import walk_journey
from crawler.fleet.judged_bundles import JudgedBundles
from crawler.fleet.night import NightWatch
from crawler.fleet.outcome import Walked, outcome_of
from crawler.history.over_nights import findings_by_key
from crawler.model.policy import load_brands, load_pack, pack_in_force
from crawler.model.target import Config
from crawler.store.bundle import Bundle
from crawler.store.verify import verify
from tests.fleet import faults
from tests.fleet.replay import fallen_canary, good_canary

SCENARIO = Path(__file__).with_name("quick_shop.py")
STATES = ("2023-12-12", "2024-02-19", "2024-03-04", "2024-03-12", "recoloured", "2026")
NIGHTS_A_STATE = 5
FIRST = date(2026, 11, 1)
NOWHERE = "*=~NOTFOUND"
# What goes wrong in which night; the first night of a state goes well, and is really walked.
PLAN = {
    2: "site down",
    3: "TLS expired",
    4: "captcha page",
    5: "log-in wall",
    7: "browser killed",
    8: "driver killed",
    9: "pantau killed",
    10: "killed while sealing",
    12: "disk full",
    13: "read-only disk",
    14: "clock set back",
    15: "clock set forward",
    17: "queue locked",
    18: "queue damaged",
    19: "alert channel dead",
    20: "page differs from visit to visit",
    22: "night stopped",
    23: "canary fallen",
}
REALLY_WALKED = {2, 3, 4, 5, 7, 8, 9} | {1 + n * NIGHTS_A_STATE for n in range(len(STATES))}


@dataclass
class Nights:
    """The nights so far, what each state really shows, and the counts over all of them."""

    base: Path
    monkeypatch: pytest.MonkeyPatch
    templates: dict[str, Path] = field(default_factory=dict)
    truth: dict[str, set[Any]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def setup(self, state, shop, alerts=()):
        target = {
            "id": "toko",
            "scenario": str(SCENARIO),
            "devices": ["desktop"],
            "pace": {"every_s": 0},
            "dwell_s": 0.2,
            "step_timeout_s": 15,
            "as_of": state.as_of,
            "resolve": [*shop.resolve, NOWHERE],
            "trust_ca": str(shop.trust_ca),
        }
        config = {"targets": [target], "alerts": {"channels": list(alerts), "timeout_s": 5}}
        return Setup(Config.model_validate(config), self.base)

    def hold(self, number):
        """Hold one night and look at it."""
        state = load_state(STATES[(number - 1) // NIGHTS_A_STATE])
        fault = PLAN.get(number, "")
        on = FIRST + timedelta(days=number - 1)
        folder = Path(tempfile.mkdtemp(dir=self.base.parent))
        with ReferenceShop(state, work_dir=folder) as shop, ExitStack() as stack:
            alerts = ["json://127.0.0.1:9/"] if fault == "alert channel dead" else []
            setup = self.setup(state, shop, alerts)
            walk = self._walk(number, state, shop, fault, stack)
            night = self._held(setup, fault, on, walk)
        after = finish_night(night, setup.config, out=setup.out, nights=setup.nights)
        self._learn(state, night, setup)
        self._check(number, night, after, setup)
        if fault:
            self.counts[f"fault: {fault}"] += 1
            self._felt(number, fault, night, after)
        self.counts["nights"] += 1

    def _walk(self, number, state, shop, fault, stack):
        """Return what walks the journeys of a night."""
        really = number in REALLY_WALKED
        touched = {
            "site down": lambda: faults.site_down(shop),
            "TLS expired": lambda: faults.tls_expired(shop),
            "captcha page": lambda: faults.page_instead(shop, faults.CAPTCHA),
            "log-in wall": lambda: faults.page_instead(shop, faults.LOGIN),
            "browser killed": lambda: faults.Killer(faults.is_browser),
            "driver killed": lambda: faults.Killer(faults.is_driver),
            "pantau killed": lambda: faults.Killer(faults.is_pantau),
        }

        def walk(setup, order, start, lock, stopped):
            if order.job.attempt == 1 and fault == "killed while sealing":
                chance = faults.random_of(number)
                template = self.templates[state.id]
                return faults.killed_while_sealing(
                    setup, order, start, lock, stopped, template=template, chance=chance
                )
            if really and order.job.attempt == 1:
                with touched.get(fault, nullcontext)():
                    self.counts["journeys really walked"] += 1
                    return walk_journey(setup, order, start, lock, stopped)
            other = fault == "page differs from visit to visit" and order.job.attempt == 1
            shown = "2024-02-19" if other else state.id
            return self._replayed(setup, start, self.templates.get(shown))

        return walk

    def _replayed(self, setup, start, template):
        """Put a state's sealed bundle where the journey's would be; tonight's, on its first night."""
        if template is None:
            template = max((setup.out / "quick-shop").iterdir())
        root = setup.out / "quick-shop" / start.run_id
        shutil.copytree(template, root, ignore=shutil.ignore_patterns("report", "findings", "derived"))
        bundle = Bundle(root)
        judgement = judge(bundle, load_pack(pack_in_force(bundle.run.as_of).id), load_brands())
        write(bundle, judgement)
        found = line(bundle, judgement, report=None)
        return outcome_of(setup.out, start, Walked(exit_code=found.exit_code, line=found))

    def _held(self, setup, fault, on, walk):
        """Hold a night under its fault; where it fails, do what its error says, and hold it again."""
        stop = threading.Event()
        facts: dict[str, Any] = {"look_at_canary": good_canary, "walk": walk, "workers": 1, "stop": stop}
        if fault == "canary fallen":
            facts["look_at_canary"] = fallen_canary
        if fault == "clock set back":
            on, facts["now"] = None, self._clock(-400)
        if fault == "clock set forward":
            on, facts["now"] = None, self._clock(400)

        def hold():
            return NightWatch(setup, setup.local_queue, **facts).hold(on)

        queue = setup.local_queue.file
        if fault == "disk full":
            with faults.disk_refuses(self.monkeypatch, faults.FULL, 2), pytest.raises(NightError):
                hold()
        if fault == "read-only disk":
            with faults.disk_refuses(self.monkeypatch, faults.READ_ONLY, 0), pytest.raises(NightError):
                hold()
        if fault == "queue damaged":
            queue.write_bytes(b"\0" * 4096)
            with pytest.raises(QueueError, match="cannot be used"):
                hold()
            queue.rename(queue.with_suffix(".damaged"))
        if fault == "queue locked":
            with faults.queue_locked(queue, 2.0):
                return hold()
        if fault == "night stopped":
            stop.set()
            assert hold().ended_by == "interrupted"
            stop.clear()
        return hold()

    def _clock(self, days):
        shift = timedelta(days=days)
        return lambda: datetime.now(UTC) + shift

    def _learn(self, state, night, setup):
        """Keep what the first night of a state shows: that is how the state is."""
        if state.id in self.templates:
            return
        name = night.journeys[0].bundle
        self.templates[state.id] = setup.out / name
        judged = JudgedBundles(setup.out).load(name)
        found = findings_by_key(judged)
        self.truth[state.id] = {key for key, each in found.items() if each.status == "open"}

    def _check(self, number, night, after, setup):
        """Count what must not be, and what must."""
        place = (number - 1) // NIGHTS_A_STATE
        truth = {tuple(key) for key in self.truth[STATES[place]]}
        before = {tuple(key) for key in self.truth[STATES[place - 1]]} if place else set()
        first_of_state = (number - 1) % NIGHTS_A_STATE == 0
        keys: dict[str, set[Any]] = {}
        for each in night.journeys[0].findings:
            if each.status == "open":
                keys.setdefault(each.state, set()).add((each.rule, each.stage, each.fingerprint))
        new, gone = keys.get("new", set()), keys.get("gone", set())
        due = truth - before if first_of_state else set()
        self.counts["findings due as new"] += len(due)
        self.counts["findings new on the right night"] += len(due & new)
        self.counts["new on a wrong night"] += 0 if first_of_state else len(new)
        self.counts["findings remedied"] += len(gone)
        self.counts["false remedied"] += len(gone & truth)
        lost = [each.bundle for each in night.outcomes if each.bundle and not self._whole(setup, each)]
        self.counts["bundles lost"] += len(lost)
        self.counts["bundles"] += sum(each.bundle is not None for each in night.outcomes)
        missed = [each for each in night.outcomes if each.failed or not all(s.reached for s in each.stages)]
        self.counts["journeys that failed or saw less"] += len(missed)
        told = {event.kind for event in after.alerts.events}
        silent = bool(night.not_observed) and "not-observed" not in told
        self.counts["missed observations not alerted"] += silent

    def _felt(self, number, fault, night, after):
        """Say where a fault left no trace: one that is not felt proves nothing."""
        first = night.outcomes[0]
        killed = first.failed or not all(stand.reached for stand in first.stages)
        felt = {
            "clock set forward": night.date > FIRST + timedelta(days=300),
            "clock set back": any(note.id == "night.clock-back" for note in night.notes),
            "alert channel dead": bool(after.alerts.failed) and after.exit_code != 0,
            "page differs from visit to visit": len(night.outcomes) == 2,
            "canary fallen": night.void,
        }
        quiet = ("disk full", "read-only disk", "queue locked", "queue damaged", "night stopped")
        if fault not in quiet and not felt.get(fault, killed):
            self.wrong.append(f"night {number}: {fault} was not felt")

    @staticmethod
    def _whole(setup, outcome):
        root = setup.out / outcome.bundle
        return root.is_dir() if outcome.state == "unsealed" else not verify(str(root))


@pytest.mark.long
@pytest.mark.browser
@pytest.mark.timeout(3_000)
def test_thirty_nights(tmp_path, monkeypatch, capsys):
    nights = Nights(tmp_path / "watch", monkeypatch)
    nights.base.mkdir()
    for number in range(1, len(STATES) * NIGHTS_A_STATE + 1):
        nights.hold(number)
    left = leftovers(nights.base)
    nights.counts["kinds of fault"] = len(set(PLAN.values()))
    with capsys.disabled():
        sys.stdout.write("\n" + "".join(f"{name}: {n}\n" for name, n in sorted(nights.counts.items())))
        sys.stdout.write(f"left over: {left or 'nothing'}\n")
    counts = nights.counts
    assert nights.wrong == []
    assert counts["bundles lost"] == 0
    assert counts["false remedied"] == 0
    assert counts["missed observations not alerted"] == 0
    assert counts["findings new on the right night"] == counts["findings due as new"] > 0
    assert counts["new on a wrong night"] == 0
    assert counts["findings remedied"] > 0
    assert counts["journeys really walked"] >= 8
    assert left == []


def leftovers(base):
    """Return processes, folders and locks that nights left."""
    children = [each.name() for each in psutil.Process().children() if each.status() != psutil.STATUS_ZOMBIE]
    unfinished = [str(path) for path in (base / "nights").rglob("*.unfinished")]
    return [*children, *map(str, sweep()), *unfinished]


def test_the_plan_of_faults_is_what_it_says():
    assert len(set(PLAN.values())) >= 14
    assert len(REALLY_WALKED) >= 8
    assert json.dumps(PLAN)
