"""Notices and how they stood: appended, chained, each night once."""

from datetime import timedelta

import pytest

from crawler.errors import JournalBroken
from crawler.fleet.notice import give
from crawler.history.remedies import notice_nights
from crawler.store.journal import Journal
from crawler.store.nights import night_folder, write_night
from crawler.store.notices import NOTICES, record_night, standings
from tests.nights import FIRST, a_finding, a_journey, a_night

PRINT = "0123456789abcdef"
NEXT = FIRST + timedelta(days=1)


@pytest.fixture
def nights(tmp_path):
    folder = tmp_path / "nights"
    for on, state in ((FIRST, "new"), (NEXT, "still-there")):
        journey = a_journey(on=on, findings=[a_finding(state, last=on, fingerprint=PRINT)])
        write_night(night_folder(folder, on), a_night(on, [journey]))
    give(folder, PRINT, letter="B/1", deadline=FIRST + timedelta(days=9), today=FIRST)
    return folder


def night_lines(nights):
    night = a_night(
        NEXT, [a_journey(on=NEXT, findings=[a_finding("still-there", last=NEXT, fingerprint=PRINT)])]
    )
    return notice_nights(standings(nights), night)


def test_without_a_record_nothing_stands(tmp_path):
    assert standings(tmp_path) == ()


def test_a_night_is_recorded_once(nights):
    told = night_lines(nights)
    assert record_night(nights, told) == tuple(told)
    assert record_night(nights, told) == ()
    (standing,) = standings(nights)
    assert standing.last.night == NEXT


def test_how_it_stood_before_a_night(nights):
    record_night(nights, night_lines(nights))
    (standing,) = standings(nights, before=NEXT)
    assert standing.last is None


def test_a_record_that_somebody_changed_is_refused(nights):
    path = nights / NOTICES
    record_night(nights, night_lines(nights))  # the chain shows a change by the line behind it
    path.write_bytes(path.read_bytes().replace(b"B/1", b"B/2"))
    with pytest.raises(JournalBroken):
        standings(nights)


def test_a_line_of_another_kind_is_refused(nights):
    Journal(nights / NOTICES).append({"nothing": "known"})
    with pytest.raises(JournalBroken, match="neither a notice nor a night"):
        standings(nights)
