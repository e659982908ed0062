"""The queue: the five traps of DBOS are held, pace and cancel work, and no password is on a command line."""

from __future__ import annotations

import itertools
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from datetime import date

import pytest

from crawler.errors import ConfigError, QueueError
from crawler.fleet import queue
from crawler.fleet.queue import JOBS_VERSION, Crew, NightQueue, job_id
from crawler.fleet.queue_address import QueueAddress
from crawler.model.night import Job, JobOrder
from crawler.model.target import Target

NIGHT = date(2024, 3, 12)
LIMIT_S = 60
FAR = "2099-01-01T00:00:00.000Z"


def an_order(number=1, *, site="toko.example", at_once=1, every_s=0.0, priority=0):
    target = Target.model_validate(
        {
            "id": f"toko-{number}",
            "start_url": "https://toko.example/",
            "site": site,
            "pace": {"at_once": at_once, "every_s": every_s},
            "priority": priority,
        }
    )
    job = Job(target=target.id, device="mobile")
    return JobOrder(night=NIGHT, job=job, target=target, not_after=FAR)


@pytest.fixture
def address(tmp_path):
    return QueueAddress.of_file(tmp_path / "queue.db")


@pytest.fixture
def crews():
    """Return a list of what to close; a process can have one crew at a time."""
    opened: list[Crew | NightQueue] = []
    yield opened
    for each in reversed(opened):
        each.close()


def wait_for(condition):
    until = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.02)


def opened(crews, address, work, *, worker="host-1", workers=4):
    crew = Crew(address, worker=worker, workers=workers, work=work)
    crew.start()
    crews.append(crew)
    night = NightQueue(address, workers=workers)
    crews.append(night)
    return night


def rows(address, query):
    with sqlite3.connect(address.file) as database:
        return database.execute(query).fetchall()


def test_jobs_are_worked_once_each_whoever_puts_them_in_again(crews, address):
    worked: list[str] = []
    night = opened(crews, address, lambda order, _: worked.append(order.job.name))
    orders = [an_order(number, site=f"site-{number}.example") for number in range(5)]
    night.put(orders)
    night.put(orders)
    wait_for(lambda: {each.state for each in night.jobs(NIGHT).values()} == {"over"})
    assert sorted(worked) == sorted(order.job.name for order in orders)
    night.forget(NIGHT)
    assert night.jobs(NIGHT) == {}


def test_a_job_that_failed_can_be_put_in_again(crews, address):
    """The queue takes an id once, and never resumes what is over."""
    tried: list[str] = []

    def work(order, _):
        tried.append(order.job.name)
        if len(tried) == 1:
            raise OSError("no space left on device")

    night = opened(crews, address, work)
    night.put([an_order()])
    wait_for(lambda: {each.state for each in night.jobs(NIGHT).values()} == {"over"})
    night.give_back(an_order())
    wait_for(lambda: len(tried) == 2)
    wait_for(lambda: {each.state for each in night.jobs(NIGHT).values()} == {"over"})
    night.put([an_order()])
    wait_for(lambda: len(tried) == 3)


def test_a_site_is_never_worked_by_more_than_its_pace(crews, address):
    now, most, starts, lock = [0], [0], [], threading.Lock()

    def work(order, _):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
            starts.append(time.monotonic())
        time.sleep(0.05)  # what a job takes
        with lock:
            now[0] -= 1

    night = opened(crews, address, work)
    night.put(an_order(number, every_s=0.5) for number in range(3))
    wait_for(lambda: len(starts) == 3)
    assert most == [1]
    assert all(later - earlier >= 0.5 for earlier, later in itertools.pairwise(starts))


def test_higher_priority_starts_first(crews, address):
    order_of_start: list[str] = []
    gate = threading.Event()

    def work(order, _):
        gate.wait(LIMIT_S)
        order_of_start.append(order.job.target)

    night = opened(crews, address, work, workers=1)
    night.put([an_order(0)])
    wait_for(lambda: any(each.state == "working" for each in night.jobs(NIGHT).values()))
    night.put([an_order(1, priority=0), an_order(2, priority=90)])
    gate.set()
    wait_for(lambda: len(order_of_start) == 3)
    assert order_of_start == ["toko-0", "toko-2", "toko-1"]


def test_a_job_that_is_taken_out_is_told_to_whoever_works_it(crews, address):
    begun, told = threading.Event(), threading.Event()

    def work(order, cancelled):
        begun.set()
        wait_for(cancelled)
        told.set()

    night = opened(crews, address, work)
    night.put([an_order()])
    assert begun.wait(LIMIT_S)  # one that is taken out between its row and its work never begins
    night.cancel(NIGHT, [an_order().job.name])
    assert told.wait(LIMIT_S)


class TestTraps:
    """What DBOS does by default, and what must not happen here."""

    def test_a_second_process_does_not_run_a_live_job_again(self, crews, address, tmp_path):
        """Trap 1: with the default executor id it would, as soon as it is launched."""
        runs, gate = [], threading.Event()

        def work(order, _):
            runs.append(order.job.name)
            gate.wait(LIMIT_S)

        night = opened(crews, address, work, worker="host-1", workers=2)
        night.put([an_order(1), an_order(2, site="other.example")])
        wait_for(lambda: len(runs) == 2)
        night.put([an_order(3, site="third.example")])  # the first worker's hands are full
        second = tmp_path / "second"
        subprocess.run(
            [sys.executable, "-c", SECOND_WORKER, str(address.file), "host-2", str(second)],
            check=True, timeout=LIMIT_S,
        )  # fmt: skip
        gate.set()
        wait_for(lambda: {each.state for each in night.jobs(NIGHT).values()} == {"over"})
        assert (runs.count("toko-3.mobile.1"), len(runs), second.exists()) == (0, 2, False)

    def test_a_worker_that_died_gives_its_job_back_through_the_queue_of_its_site(
        self, crews, address, tmp_path
    ):
        """Traps 2 and 3: `launch()` would run it at once, past the pace, beside the site's other job."""
        died = tmp_path / "died"
        night = NightQueue(address, workers=4)
        crews.append(night)
        night.put([an_order(1), an_order(2)])
        killed = subprocess.run(
            [sys.executable, "-c", DYING_WORKER, str(address.file), "host-1", str(died)],
            check=False, timeout=LIMIT_S,
        )  # fmt: skip
        assert killed.returncode == -9
        assert [each.state for each in night.jobs(NIGHT).values()].count("working") == 1

        now, most, done, lock = [0], [0], [], threading.Lock()

        def work(order, _):
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            time.sleep(0.2)  # what a job takes
            with lock:
                now[0] -= 1
                done.append(order.job.name)

        crew = Crew(address, worker="host-1", workers=4, work=work)
        crew.start()
        crews.append(crew)
        wait_for(lambda: len(done) == 2)
        assert most == [1]
        assert sorted(done) == ["toko-1.mobile.1", "toko-2.mobile.1"]
        queues = rows(address, "select distinct queue_name from workflow_status")
        assert queues == [("pace-1-0",)]

    def test_another_worker_takes_over_what_the_night_gives_back(self, crews, address, tmp_path):
        """Trap 2: by itself nobody takes over a dead worker's job."""
        night = NightQueue(address, workers=4)
        crews.append(night)
        night.put([an_order(1)])
        subprocess.run(
            [sys.executable, "-c", DYING_WORKER, str(address.file), "host-1", str(tmp_path / "died")],
            check=False, timeout=LIMIT_S,
        )  # fmt: skip
        done: list[str] = []
        crew = Crew(address, worker="host-2", workers=4, work=lambda order, _: done.append(order.job.name))
        crew.start()
        crews.append(crew)
        assert done == []
        night.give_back(an_order(1))
        wait_for(lambda: done == ["toko-1.mobile.1"])

    def test_jobs_outlive_an_update_of_the_code(self, crews, address):
        """Trap 4: by default the version is a hash of the code, and older jobs never run."""
        night = NightQueue(address, workers=1)
        crews.append(night)
        night.put([an_order()])
        versions = rows(address, "select application_version from workflow_status")
        assert versions == [(JOBS_VERSION,)]
        done = threading.Event()
        crew = Crew(address, worker="host-1", workers=1, work=lambda order, _: done.set())
        crew.start()
        crews.append(crew)
        assert done.wait(LIMIT_S)

    def test_no_row_is_a_pickle(self, crews, address):
        """Trap 5: who writes the database may not run code on workers."""
        done = threading.Event()
        night = opened(crews, address, lambda order, _: done.set())
        night.put([an_order()])
        assert done.wait(LIMIT_S)
        wait_for(lambda: {each.state for each in night.jobs(NIGHT).values()} == {"over"})
        kinds = rows(address, "select serialization from workflow_status")
        assert kinds == [("portable_json",)]
        stored = rows(address, "select * from workflow_input")
        assert '"toko-1"' in str(stored)


class TestAddress:
    @pytest.mark.parametrize(
        "url",
        ["postgresql://u:secret@db.example/pantau", "postgres://db.example/pantau?password=secret"],
    )
    def test_a_password_on_the_command_line_is_refused_and_not_repeated(self, url):
        with pytest.raises(ConfigError, match="holds a password") as caught:
            QueueAddress.of_url(url)
        assert "secret" not in caught.value.message + caught.value.hint
        assert "PGPASSWORD" in caught.value.hint

    @pytest.mark.parametrize(
        "url", ["", "sqlite:///x.db", "postgresql://db.example", "postgresql:///pantau", "[::"]
    )
    def test_what_is_no_shared_queue_is_refused(self, url):
        with pytest.raises(ConfigError):
            QueueAddress.of_url(url)

    def test_a_database_that_is_not_there_is_told_without_its_address(self, monkeypatch):
        monkeypatch.setattr(queue, "OPEN_LIMIT_S", 0.0)
        address = QueueAddress.of_url("postgresql://pantau@127.0.0.1:1/pantau")
        with pytest.raises(QueueError) as caught:
            NightQueue(address, workers=1)
        assert "PGPASSWORD" in caught.value.hint

    def test_a_damaged_file_is_told_with_what_to_do(self, address):
        address.file.write_bytes(b"no database" * 100)
        with pytest.raises(QueueError) as caught:
            NightQueue(address, workers=1)
        assert str(address.file) in caught.value.hint


def test_a_job_has_one_id():
    assert job_id(NIGHT, "toko-1.mobile.1") == "2024-03-12/toko-1.mobile.1"


SECOND_WORKER = textwrap.dedent(
    """
    import sys, threading
    from pathlib import Path
    from crawler.fleet.queue import Crew
    from crawler.fleet.queue_address import QueueAddress
    file, worker, mark = sys.argv[1:]
    done = threading.Event()
    def work(order, _):
        done.set() if order.job.target == "toko-3" else Path(mark).touch()
    crew = Crew(QueueAddress.of_file(Path(file)), worker=worker, workers=2, work=work)
    crew.start()  # takes up first what it believes to be its own
    assert done.wait(60)
    crew.close()
    """
)
DYING_WORKER = textwrap.dedent(
    """
    import os, signal, sys, threading
    from pathlib import Path
    from crawler.fleet.queue import Crew
    from crawler.fleet.queue_address import QueueAddress
    file, worker, mark = sys.argv[1:]
    def work(*_):
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    Crew(QueueAddress.of_file(Path(file)), worker=worker, workers=4, work=work).start()
    threading.Event().wait(60)
    """
)
