"""The base of all stored records, and their times."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

SCHEMA_VERSION = 1
YEARS = range(2000, 2100)  # a time outside is damage, and drawings and tables would break on it


def _a_moment(text: str) -> str:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or moment.year not in YEARS:
        raise ValueError("no time of a run")
    return text


Moment = Annotated[str, AfterValidator(_a_moment)]


class Record(BaseModel):
    """Base of all stored records: frozen, and strict about its fields.

    What checks them is built for a kind when it is first needed: a command needs few of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
