"""An append-only record: what is in it stays, whoever tries to change it is found."""

from __future__ import annotations

import json
import multiprocessing
import os
from typing import TYPE_CHECKING

import pytest

from crawler.errors import JournalBroken, JournalUnwritable
from crawler.store.journal import Journal, facts

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "nights" / "notices.jsonl")


def test_what_is_appended_comes_back_in_order(journal):
    for number in range(3):
        journal.append({"kind": "notice", "number": number})
    assert [facts(entry) for entry in journal.entries()] == [
        {"kind": "notice", "number": number} for number in range(3)
    ]
    assert [entry["seq"] for entry in journal.entries()] == [1, 2, 3]


def test_no_file_is_an_empty_record(journal):
    assert journal.entries() == ()


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_changed_line_is_found_and_nothing_more_is_appended(journal, number):
    for each in ("a", "b", "c"):
        journal.append({"said": each})
    lines = journal.path.read_bytes().splitlines(keepends=True)
    lines[number] = lines[number].replace(b'"said"', b'"Said"')
    journal.path.write_bytes(b"".join(lines))
    before = journal.path.read_bytes()
    if number == 2:  # nothing follows the last line that could speak for it: the next one would
        journal.append({"said": "d"})
        assert len(journal.entries()) == 4
        return
    with pytest.raises(JournalBroken, match=f"line {number + 2}"):
        journal.entries()
    with pytest.raises(JournalBroken):
        journal.append({"said": "d"})
    assert journal.path.read_bytes() == before


def test_a_change_is_found_however_long_after_by_whoever_appended_before(journal):
    for each in ("a", "b", "c"):
        journal.append({"said": each})
    long_ago = journal.path.stat().st_mtime - 60
    os.utime(journal.path, (long_ago, long_ago))
    journal.append({"said": "d"})
    os.utime(journal.path, (long_ago, long_ago))
    journal.append({"said": "e"})
    journal.path.write_bytes(journal.path.read_bytes().replace(b'"b"', b'"B"'))
    with pytest.raises(JournalBroken, match="line 3"):
        journal.append({"said": "f"})


def test_a_long_record_takes_a_line_without_being_read_again(journal, monkeypatch):
    journal.append({"said": "a"})
    journal.append({"said": "b"})
    monkeypatch.setattr("crawler.store.journal._CLOCK_TICK_NS", 0)
    monkeypatch.setattr(journal, "_whole", lambda: pytest.fail("it was read"))
    journal.append({"said": "c"})
    monkeypatch.undo()
    assert [entry["said"] for entry in journal.entries()] == ["a", "b", "c"]


def test_a_record_takes_no_line_beyond_its_bound(journal, monkeypatch):
    journal.append({"said": "a"})
    monkeypatch.setattr("crawler.store.journal.MAX_BYTES", journal.path.stat().st_size + 20)
    with pytest.raises(JournalUnwritable, match="large"):
        journal.append({"said": "b"})
    assert [entry["said"] for entry in journal.entries()] == ["a"]


def test_a_line_that_is_taken_out_is_found(journal):
    for each in ("a", "b", "c"):
        journal.append({"said": each})
    lines = journal.path.read_bytes().splitlines(keepends=True)
    journal.path.write_bytes(lines[0] + lines[2])
    with pytest.raises(JournalBroken, match="line 2"):
        journal.entries()


@pytest.mark.parametrize("cut", [1, 7, 40])
def test_a_line_that_a_kill_cut_off_is_dropped_by_the_next_one(journal, cut):
    journal.append({"said": "a"})
    journal.append({"said": "b"})
    journal.path.write_bytes(journal.path.read_bytes()[:-cut])
    assert [facts(entry) for entry in journal.entries()] == [{"said": "a"}]
    journal.append({"said": "c"})
    assert [facts(entry) for entry in journal.entries()] == [{"said": "a"}, {"said": "c"}]


@pytest.mark.parametrize("line", [b"[]", b"{", b"\xff", b"[" * 5_000, b'{"seq": 1}'])
def test_a_line_of_another_kind_breaks_the_record(journal, line):
    journal.path.parent.mkdir()
    journal.path.write_bytes(line + b"\n")
    with pytest.raises(JournalBroken, match="line 1"):
        journal.entries()


def test_no_link_is_followed(journal, tmp_path):
    journal.path.parent.mkdir()
    (tmp_path / "elsewhere").write_text("mine\n")
    journal.path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(JournalUnwritable, match="cannot be written"):
        journal.append({"said": "a"})
    assert (tmp_path / "elsewhere").read_text() == "mine\n"


def _append_many(path: Path, name: str) -> None:
    for number in range(20):
        Journal(path).append({"by": name, "number": number})


def test_several_processes_take_turns(journal):
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_append_many, args=(journal.path, name)) for name in ("a", "b")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    entries = journal.entries()
    assert len(entries) == 40
    assert {name: [e["number"] for e in entries if e["by"] == name] for name in ("a", "b")} == {
        "a": list(range(20)),
        "b": list(range(20)),
    }


def test_a_hostile_value_stays_one_line(journal):
    journal.append({"said": "a\nb\u2028c\x1b[2J"})
    assert len(journal.path.read_bytes().splitlines()) == 1
    assert json.loads(journal.path.read_bytes())["said"] == "a\nb\u2028c\x1b[2J"
