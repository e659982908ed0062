"""Real journeys on a shared queue with three workers: they give what one machine gives.

The one machine walks the shop once on each device, the fleet 24 times: every journey of the fleet must show
what the one machine showed on its device, by fingerprint, outcome and verdict.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from crawler.demo.shop import ReferenceShop
from crawler.demo.states import load_state
from crawler.model.night import Night
from crawler.store.nights import NIGHT, night_folder, read_record
from tests.bench.nights import write_targets
from tests.fleet.postgres import Postgres
from tests.fleet.workers import Workers

PANTAU = (sys.executable, "-m", "crawler.cli")
SCENARIO = Path(__file__).with_name("quick_shop.py")
ON = date(2026, 11, 2)
WORKERS, DEVICES = 3, 2
JOURNEYS = 24


def held(folder, shop, journeys, *arguments, environment=None):
    """Hold a night of the shop and return its record."""
    config = folder / "pantau.toml"
    write_targets(config, shop, journeys=journeys, scenario=SCENARIO, dwell_s=0.2)
    asked = [*PANTAU, "nightly", "--config", str(config), "--date", ON.isoformat(), *arguments]
    subprocess.run(asked, env=os.environ | (environment or {}), check=False)
    night = read_record(night_folder(folder / "nights", ON) / NIGHT, Night)
    assert night is not None
    return night


def shown(night, journey):
    """Return the findings of a journey and the verdicts of its visits to the shop."""
    findings = {
        (each.rule, each.stage, each.fingerprint, each.outcome, each.state) for each in journey.findings
    }
    verdicts = {each.verdict for each in night.outcomes if each.job.journey == journey_name(journey)}
    return findings, verdicts


def journey_name(journey):
    return f"{journey.target}/{journey.device}"


@pytest.mark.long
@pytest.mark.browser
@pytest.mark.timeout(5_400)
def test_real_journeys_on_three_workers_give_the_findings_of_one_machine(tmp_path):
    alone, fleet = tmp_path / "alone", tmp_path / "fleet"
    alone.mkdir()
    fleet.mkdir()
    with ReferenceShop(load_state("2024-02-19"), work_dir=tmp_path / "shop") as shop:
        one = held(alone, shop, DEVICES)
        config = fleet / "pantau.toml"
        write_targets(config, shop, journeys=JOURNEYS, scenario=SCENARIO, dwell_s=0.2)
        with Postgres() as postgres:

            def worker(name):
                asked = ["worker", "--config", str(config), "--queue", postgres.url, "--name", name]
                return [*PANTAU, *asked, "--workers", "1"]

            with Workers(worker, WORKERS, postgres.environment):
                queue = ("--queue", postgres.url)
                many = held(fleet, shop, JOURNEYS, *queue, environment=postgres.environment)
    wanted = {journey.device: shown(one, journey) for journey in one.journeys}
    assert all(findings for findings, _ in wanted.values())
    differing = {
        journey_name(each): shown(many, each)
        for each in many.journeys
        if shown(many, each) != wanted[each.device]
    }
    assert differing == {}
    assert len(many.journeys) == JOURNEYS
    assert len({each.worker for each in many.outcomes}) == WORKERS
    assert not many.void
