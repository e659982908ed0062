"""The nouns of the other two queues: what could not be observed, and hosts that nobody knows."""

from __future__ import annotations

from typing import Any

from crawler.model.evidence import Record


class Missed(Record):
    """The same that could not be looked at, over all runs of a target on one device.

    `message` with `params` says what it was; `rules` needed it. `bundle` is the last run that missed it.
    """

    target: str
    device: str
    stage: str
    message: str
    params: dict[str, Any]
    rules: tuple[str, ...]
    runs: int
    last_day: str
    bundle: str


class ContactedHost(Record):
    """A host that was contacted, or would have been, over all runs; `bundle` is the last that did."""

    host: str
    requests: int
    runs: int
    first_day: str
    last_day: str
    bundle: str
