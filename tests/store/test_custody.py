"""What was done stays told, through all files of the log."""

from __future__ import annotations

from threading import Thread

import pytest

from crawler.errors import JournalBroken
from crawler.store import custody as module
from crawler.store.custody import Custody


@pytest.fixture
def small_files(monkeypatch):
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 600)


def noted(folder, count):
    log = Custody(folder)
    for number in range(count):
        log.note("ani", "decision.confirm", f"toko/{number}", severity="high")
    return log


def test_what_was_noted_is_told_in_order(tmp_path):
    found = list(noted(tmp_path, 3).entries())
    assert [(entry["who"], entry["about"], entry["severity"]) for entry in found] == [
        ("ani", f"toko/{number}", "high") for number in range(3)
    ]


def test_the_chain_goes_through_all_files(tmp_path, small_files):
    log = noted(tmp_path, 20)
    assert len(list(tmp_path.glob("custody-*.jsonl"))) > 3
    assert [entry["about"] for entry in log.entries()] == [f"toko/{number}" for number in range(20)]
    assert [entry["about"] for entry in Custody(tmp_path).entries()] == [f"toko/{n}" for n in range(20)]


@pytest.mark.parametrize("number", [1, 2])
def test_a_file_that_is_gone_is_found(tmp_path, small_files, number):
    log = noted(tmp_path, 20)
    (tmp_path / f"custody-000{number}.jsonl").unlink()
    with pytest.raises(JournalBroken):
        list(log.entries())


def test_a_changed_line_of_a_full_file_is_found(tmp_path, small_files):
    log = noted(tmp_path, 20)
    first = tmp_path / "custody-0001.jsonl"
    lines = first.read_bytes().splitlines(keepends=True)
    lines[-1] = lines[-1].replace(b"ani", b"eve")
    first.write_bytes(b"".join(lines))
    with pytest.raises(JournalBroken, match="custody-0002"):
        list(log.entries())


def test_many_at_once_lose_nothing(tmp_path, small_files):
    log = Custody(tmp_path)
    threads = [Thread(target=lambda: [log.note("ani", "look") for _ in range(10)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(log.entries())) == 40
