"""Records of nights on disk: whole or not at all, never over another, and read back as they were."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawler.errors import NightUnreadable, NightUnwritable
from crawler.model.night import Night
from crawler.store.nights import (
    NIGHT,
    night_dates,
    night_folder,
    read_night,
    read_nights,
    read_record,
    write_night,
    write_once,
)
from tests.nights import FIRST, a_night

SECOND = FIRST + timedelta(days=1)


def test_a_night_is_read_back_as_it_was(tmp_path):
    folder = night_folder(tmp_path, FIRST)
    write_night(folder, a_night(FIRST))
    assert read_night(folder) == a_night(FIRST)
    assert [path.name for path in folder.iterdir()] == [NIGHT]


def test_a_night_that_has_no_record_is_none(tmp_path):
    assert read_night(night_folder(tmp_path, FIRST)) is None


def test_nothing_is_written_over(tmp_path):
    folder = night_folder(tmp_path, FIRST)
    write_night(folder, a_night(FIRST))
    with pytest.raises(FileExistsError):
        write_night(folder, a_night(FIRST, exit_code=3))
    assert read_night(folder) == a_night(FIRST)
    assert [path.name for path in folder.iterdir()] == [NIGHT]


def test_interruptions_are_kept_and_the_end_counts(tmp_path):
    folder = night_folder(tmp_path, FIRST)
    for code in (3, 1):
        write_night(folder, a_night(FIRST, ended_by="interrupted", exit_code=code))
    assert read_night(folder).exit_code == 1
    write_night(folder, a_night(FIRST))
    assert read_night(folder).exit_code == 0
    assert sorted(path.name for path in folder.iterdir()) == [NIGHT, "stopped-01.json", "stopped-02.json"]


def test_a_disk_that_takes_nothing_is_told_with_what_to_do(tmp_path):
    (tmp_path / "nights").write_text("a file, no folder")
    with pytest.raises(NightUnwritable) as caught:
        write_once(tmp_path / "nights" / NIGHT, a_night())
    assert str(tmp_path / "nights") in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("text", [b"", b"{", b"[1, 2]", b"\xff", b'{"date": "2024-03-12"}'])
def test_what_is_no_record_is_told_by_its_path(tmp_path, text):
    path = tmp_path / NIGHT
    path.write_bytes(text)
    with pytest.raises(NightUnreadable, match=str(path)):
        read_record(path, Night)


def test_nights_come_by_their_number_whatever_the_clock_said(tmp_path):
    write_night(night_folder(tmp_path, FIRST), a_night(FIRST, number=2))
    write_night(night_folder(tmp_path, SECOND), a_night(SECOND, number=1))
    (tmp_path / "lost+found").mkdir()
    assert night_dates(tmp_path) == [FIRST, SECOND]
    assert [night.date for night in read_nights(tmp_path)] == [SECOND, FIRST]


def test_a_damaged_record_is_told_and_the_others_are_read(tmp_path):
    write_night(night_folder(tmp_path, FIRST), a_night(FIRST))
    damaged = write_night(night_folder(tmp_path, SECOND), a_night(SECOND, number=2))
    damaged.write_bytes(damaged.read_bytes()[:40])
    with pytest.raises(NightUnreadable):
        read_nights(tmp_path)
    told: list[NightUnreadable] = []
    assert [night.date for night in read_nights(tmp_path, told.append)] == [FIRST]
    assert str(damaged) in told[0].message
