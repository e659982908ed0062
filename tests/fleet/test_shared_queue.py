"""A night on PostgreSQL and several workers, some of them killed: nothing lost, nothing twice, pace kept."""

from __future__ import annotations

import itertools
import json
import random
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from crawler.checks.engine import judge, write
from crawler.cli.assess import line
from crawler.fleet.config import read_setup
from crawler.fleet.night import NightWatch
from crawler.fleet.queue_address import QueueAddress
from crawler.model.policy import load_brands, load_pack
from tests.bundles import a_visit, make_bundle
from tests.fleet.conftest import FIRST
from tests.fleet.postgres import Postgres
from tests.fleet.replay import PACK, good_canary
from tests.fleet.workers import Workers

ROOT = Path(__file__).parents[2]
LOSE_EVERY_S = (1.0, 4.0)


@pytest.fixture
def postgres(monkeypatch):
    with Postgres() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


def template_bundle(folder):
    """Seal and judge one small bundle, and keep beside it what `pantau run` says of it."""
    bundle = make_bundle(folder, [a_visit("storefront", text=["Kopi"]), a_visit("product", text=["Kopi"])])
    judgement = judge(bundle, load_pack(PACK), load_brands())
    write(bundle, judgement)
    found = line(bundle, judgement, report=None)
    (bundle.root.parent / "line.json").write_text(found.model_dump_json())
    return bundle.root


def write_config(path, jobs, sites):
    targets = [
        f'[[targets]]\nid = "toko-{number}"\nstart_url = "https://toko-{number}.example/"\n'
        f'site = "site-{number % sites}.example"\ndevices = ["mobile"]\npace = {{ every_s = 0.0 }}\n'
        for number in range(jobs)
    ]
    path.write_text("\n".join(targets))


class Trouble(threading.Thread):
    """Kills workers and restarts the database at random moments, and starts what it killed again."""

    def __init__(self, workers, postgres, steps, log):
        super().__init__(daemon=True)
        self._workers, self._postgres, self._steps, self._log = workers, postgres, steps, log
        self._over = threading.Event()
        self.done: Counter[str] = Counter()

    def run(self):
        chance = random.Random(7)
        while not self._log.exists() and not self._over.is_set():
            time.sleep(0.05)  # until the night is under way
        for step in self._steps:
            if self._over.wait(chance.uniform(*LOSE_EVERY_S)):
                return
            if step == "database":
                self._postgres.restart()
            else:
                numbers = (
                    range(self._workers.count) if step == "all" else [chance.randrange(self._workers.count)]
                )
                for number in numbers:
                    self._workers.kill(number)
                for number in numbers:
                    self._workers.start(number)
            self.done[step] += 1

    def end(self):
        self._over.set()
        self.join()


def hold_shared(tmp_path, postgres, *, jobs, sites, steps, workers=3):
    """Hold a night of short jobs; return it, what was done to it, and the workers' log."""
    config, log = tmp_path / "pantau.toml", tmp_path / "walks.log"
    write_config(config, jobs, sites)
    template = template_bundle(tmp_path / "template")
    setup = read_setup(config)

    def command(name):
        return [
            sys.executable, "-m", "tests.fleet.short_worker",
            str(config), postgres.url, name, "4", str(template), str(log),
        ]  # fmt: skip

    environment = postgres.environment | {"PYTHONPATH": str(ROOT)}
    with Workers(command, workers, environment) as crew:
        trouble = Trouble(crew, postgres, steps, log)
        trouble.start()
        watch = NightWatch(setup, QueueAddress.of_url(postgres.url), workers=4, look_at_canary=good_canary)
        night = watch.hold(FIRST)
        trouble.end()
    return night, trouble.done, [json.loads(each) for each in log.read_text().splitlines()]


def check_night(night, log, jobs, sites):
    """Hold what must be true of a night whatever was killed in it, and return its counts."""
    begins = Counter(each["job"] for each in log if each["what"] == "begin")
    doubles = [job for job, times in begins.items() if times > 1]
    lost = [each for each in night.journeys if each.bundle is None and not each.why]
    attempts = Counter(outcome.job.journey for outcome in night.outcomes)
    assert len(night.journeys) == jobs
    assert lost == []
    assert doubles == []  # an attempt is walked once, whoever died
    assert all(1 <= times <= 2 for times in attempts.values())
    assert len(attempts) == jobs
    broken = overlaps(log)
    assert broken == []
    aside = [each.target for each in night.journeys if each.bundle is None]
    return {"jobs": jobs, "sites": sites, "attempts": len(night.outcomes), "set aside": aside}


def overlaps(log):
    """Return the sites that had two journeys of living workers at once."""
    found = []
    for site in {each["site"] for each in log}:
        spans = []
        for each in (noted for noted in log if noted["site"] == site):
            if each["what"] == "begin":
                spans.append([each["job"], each["at"], None])
            else:
                next(span for span in spans if span[0] == each["job"])[2] = each["at"]
        whole = sorted((begin, end) for _, begin, end in spans if end is not None)
        found += [site for (_, end), (begin, _) in itertools.pairwise(whole) if begin < end]
    return found


def test_a_killed_worker_costs_one_attempt_and_no_journey(tmp_path, postgres):
    night, done, log = hold_shared(tmp_path, postgres, jobs=12, sites=4, steps=["worker"], workers=2)
    check_night(night, log, 12, 4)
    assert night.ended_by == "finished"
    assert [each for each in night.journeys if each.bundle is None] == []
    assert done["worker"] <= 1


@pytest.mark.long
@pytest.mark.timeout(1_800)
def test_two_hundred_jobs_over_twenty_sites_with_kills_and_a_restart(tmp_path, postgres, capsys):
    steps = ["worker"] * 5 + ["database"] + ["worker"] * 3 + ["all"] + ["worker"] * 2
    began = time.monotonic()
    night, done, log = hold_shared(tmp_path, postgres, jobs=200, sites=20, steps=steps)
    counts = check_night(night, log, 200, 20)
    took_s = round(time.monotonic() - began)
    with capsys.disabled():
        sys.stdout.write(f"\nshared queue: {counts}; killed {dict(done)}; {took_s} s\n")
    assert done == {"worker": 10, "all": 1, "database": 1}
    assert night.ended_by == "finished"
