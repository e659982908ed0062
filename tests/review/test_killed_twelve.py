"""The desk is killed fifty times while reviewers decide: what it acknowledged is there, once, all of it."""

from __future__ import annotations

import random
import re
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import UTC, date, datetime

import pytest
import requests

from crawler.model.account import Account, Role
from crawler.model.decision import STATES
from crawler.model.queue import QueueFilter
from crawler.store import index
from crawler.store.accounts import FILE, Accounts
from crawler.store.custody import Custody
from crawler.store.decisions import DecisionBook
from crawler.store.index import queue
from tests.bench import reviewable

KILLS = 12
COMMAND = (sys.executable, "-m", "crawler.cli", "review")
REVIEWERS = ("ani", "budi", "citra", "dewi")
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
DECISIONS = ("confirm", "second-look", "dismiss:misread")


class Desk:
    """`pantau review` at one port, started again whenever it was killed."""

    def __init__(self, snapshots):
        self.snapshots = snapshots
        with closing(socket.create_server(("127.0.0.1", 0))) as taken:
            self.port = taken.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [*COMMAND, "--port", str(self.port), "--snapshots", self.snapshots],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + 120
        while time.monotonic() < until:
            try:
                requests.get(f"{self.address}/log-in", timeout=5)
            except requests.RequestException:
                time.sleep(0.05)
            else:
                return
        pytest.fail("the desk did not come up")

    def kill(self):
        self.process.kill()
        self.process.wait()


class Reviewer(threading.Thread):
    """Decides one finding after the other, and remembers what the desk acknowledged."""

    def __init__(self, name, desk, lines, session_key):
        super().__init__(name=name)
        self.desk, self.lines = desk, lines
        self.browser = requests.Session()
        self.browser.cookies.set(f"pantau-{desk.port}", session_key)
        self.random = random.Random(name)
        self.acknowledged, self.tried, self.ended = [], 0, threading.Event()
        self.answers = {}

    def run(self):
        while not self.ended.is_set():
            try:
                self.decide(self.random.choice(self.lines))
            except requests.RequestException:
                self.ended.wait(0.05)

    def decide(self, line):
        address = f"{self.desk.address}/findings/{line.fingerprint}"
        page = self.browser.get(address, params={"of": line.target}, timeout=30)
        form = dict(HIDDEN.findall(page.text.partition('id="decide"')[2].partition("</form>")[0]))
        if "key" not in form:
            return
        form["decision"] = self.random.choice(DECISIONS)
        self.tried += 1
        answer = self.browser.post(
            f"{address}/decisions",
            params={"of": line.target},
            data=form,
            headers={"Origin": self.desk.address},
            allow_redirects=False,
            timeout=30,
        )
        self.answers[answer.status_code] = self.answers.get(answer.status_code, 0) + 1
        if answer.status_code in (200, 303):
            self.acknowledged.append((form["bundle"], form["key"]))


@pytest.mark.long
@pytest.mark.timeout(1_500)
def test_no_acknowledged_decision_is_lost(tmp_path, capsys):
    out = reviewable.build(tmp_path / "season", runs=6, findings=60, decided_share=0.0)
    lines = queue.queue(out, QueueFilter(states=STATES), date(2026, 11, 28))
    accounts, desk = Accounts(out / ".desk" / FILE), Desk(out)
    for name in REVIEWERS:
        accounts.add(Account(name=name, roles=(Role.REVIEWER,), created=datetime.now(UTC)))
    desk.start()
    reviewers = [Reviewer(name, desk, lines, accounts.start_session(name, "password")) for name in REVIEWERS]
    for each in reviewers:
        each.start()
    moments = random.Random(1)
    for _ in range(KILLS):
        time.sleep(moments.uniform(0.2, 2.0))  # the random moment
        desk.kill()
        desk.start()
    for each in reviewers:
        each.ended.set()
    for each in reviewers:
        each.join()
    desk.kill()

    kept = [
        (f"{root.parent.name}/{root.name}", line.decision.key)
        for root in sorted(out.glob("*/2*"))
        for line in DecisionBook(root).lines()
    ]
    acknowledged = [said for each in reviewers for said in each.acknowledged]
    with capsys.disabled():
        tried = sum(each.tried for each in reviewers)
        answers = {name: each.answers for name, each in zip(REVIEWERS, reviewers, strict=True)}
        sys.stdout.write(
            f"\n{KILLS} kills; {tried} decisions sent, {len(acknowledged)} acknowledged, {len(kept)} kept; "
            f"lost: {len(set(acknowledged) - set(kept))}, doubled: {len(kept) - len(set(kept))}\n{answers}\n"
        )
    assert len(acknowledged) > KILLS
    assert set(acknowledged) - set(kept) == set()
    assert len(kept) == len(set(kept))
    noted = sum(entry["action"].startswith("decision.") for entry in Custody(out / ".desk").entries())
    assert noted >= len(kept)
    before = queue.queue(out, QueueFilter(states=STATES), date(2026, 11, 28))
    index.update(out)
    states = {(each.fingerprint, each.state) for each in before}
    index.update(out, rebuild=True)
    after = queue.queue(out, QueueFilter(states=STATES), date(2026, 11, 28))
    assert {(each.fingerprint, each.state) for each in after} == states
