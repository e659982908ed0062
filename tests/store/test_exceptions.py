"""Exceptions: an append-only overlay over the pack that ends by itself."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from crawler.errors import DecisionRefused, JournalBroken
from crawler.model.excepted import ExceptedMention
from crawler.store.exceptions import FILE, exceptions_over, read_exceptions, write_exception
from tests.decided import an_exception

TODAY = date(2026, 11, 28)


def test_no_file_is_no_exception(tmp_path):
    found = read_exceptions(tmp_path)
    assert (found.listed, found.sha256) == ((), "")


def test_what_was_written_lies_over_every_run_of_the_folder(tmp_path):
    made = write_exception(tmp_path, TODAY, lambda number: an_exception(number=number))
    root = tmp_path / "toko-a" / "20261127T180000Z-00000000"
    root.mkdir(parents=True)
    found = exceptions_over(root)
    assert found.listed == (made,)
    assert len(found.sha256) == 64


def test_each_has_a_number_of_its_own_and_sending_twice_writes_once(tmp_path):
    first = write_exception(tmp_path, TODAY, lambda number: an_exception(number=number, key="a" * 32))
    again = write_exception(tmp_path, TODAY, lambda number: an_exception(number=number, key="a" * 32))
    other = write_exception(tmp_path, TODAY, lambda number: an_exception(number=number, key="b" * 32))
    assert (first.number, again.number, other.number) == (1, 1, 2)
    assert len(read_exceptions(tmp_path).listed) == 2


def test_the_hash_changes_with_the_file(tmp_path):
    write_exception(tmp_path, TODAY, lambda number: an_exception(number=number, key="a" * 32))
    before = read_exceptions(tmp_path).sha256
    write_exception(tmp_path, TODAY, lambda number: an_exception(number=number, key="b" * 32))
    assert read_exceptions(tmp_path).sha256 != before


def test_one_holds_for_its_target_from_its_first_day_to_its_last(tmp_path):
    write_exception(tmp_path, TODAY, lambda number: an_exception(number=number))
    found = read_exceptions(tmp_path)
    held = [day for day in range(24, 31) if found.holding("toko-a", date(2026, 11, day))]
    assert held == [25, 26, 27, 28, 29]
    assert found.holding("toko-b", TODAY) == ()


@pytest.mark.parametrize("until", [date(2026, 11, 27), date(2028, 11, 28)])
def test_one_that_ended_or_would_hold_for_years_is_refused(tmp_path, until):
    with pytest.raises(DecisionRefused, match="cannot hold until"):
        write_exception(tmp_path, TODAY, lambda number: an_exception(number=number, until=until))
    assert read_exceptions(tmp_path).listed == ()


def test_a_changed_line_is_found(tmp_path):
    for key in ("a" * 32, "b" * 32):
        write_exception(tmp_path, TODAY, lambda number, key=key: an_exception(number=number, key=key))
    path = tmp_path / FILE
    path.write_text(path.read_text().replace("TikTok Shop", "TikTok", 1))
    with pytest.raises(JournalBroken):
        read_exceptions(tmp_path)


@pytest.mark.parametrize("wrong", [{"phrase": " " * 5}, {"phrase": "a"}, {"until": date(2026, 11, 1)}])
def test_one_that_says_nothing_is_none(wrong):
    with pytest.raises(ValidationError):
        ExceptedMention.model_validate(an_exception().model_dump() | wrong)
