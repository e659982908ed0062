"""Who answers for a host: by the browser's connection, and by the machine's resolver."""

from __future__ import annotations

from crawler.model.evidence.record import Record


class TransportRecord(Record):
    """Which server answered for an origin, over the browser's own connection."""

    host: str
    address: str | None
    port: int | None
    protocol: str | None
    issuer: str | None
    subject: str | None
    valid_from: str | None
    valid_to: str | None


class NameRecord(Record):
    """One entry of `data/names.json`: what the machine's resolver said of a host after the journey.

    `aliases` is the chain of names behind it (CNAME), `error` the kind of error where there was no answer.
    """

    host: str
    time: str
    aliases: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    error: str = ""
