"""Times as Pantau writes them: UTC to the millisecond, and the day in Jakarta."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from crawler.lib.clock import jakarta_date, stamp


def test_a_moment_of_any_zone_is_written_in_utc():
    wib = timezone(timedelta(hours=7))
    assert stamp(datetime(2024, 3, 12, 6, 30, 0, 123_999, wib)) == "2024-03-11T23:30:00.123Z"


def test_without_a_moment_it_is_now():
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    assert before <= datetime.fromisoformat(stamp()) <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2024, 3, 11, 16, 59, tzinfo=UTC), date(2024, 3, 11)),
        (datetime(2024, 3, 11, 17, 0, tzinfo=UTC), date(2024, 3, 12)),
    ],
)
def test_the_day_begins_at_midnight_in_jakarta(moment, day):
    assert jakarta_date(moment) == day
