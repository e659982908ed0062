"""Times as Pantau writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

JAKARTA = ZoneInfo("Asia/Jakarta")


def stamp(moment: datetime | None = None) -> str:
    """Return a moment (now unless given) as UTC, ISO 8601, milliseconds, `Z`."""
    utc = (moment or datetime.now(UTC)).astimezone(UTC)
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def jakarta_date(moment: datetime | None = None) -> date:
    """Return the calendar day in Jakarta: the day whose law is in force."""
    return (moment or datetime.now(UTC)).astimezone(JAKARTA).date()
