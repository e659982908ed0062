"""The nouns of a morning's alerts: what happened, the digest that says so, and what each channel made of it.

Nothing here holds text of a page: an event is a message id with ids and counts as parameters.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from crawler.model.evidence import Moment, Record
from crawler.model.finding import Message
from crawler.model.target import AlertKind


class Event(Record):
    """One thing that somebody has to know, of one kind; `why` says why something was not seen."""

    kind: AlertKind
    message: Message
    why: Message | None = None


class Digest(Record):
    """What is sent: a title of one line, and plain text."""

    title: str
    body: str


class ChannelResult(Record):
    """What became of the digest at one channel, or of the ping.

    `channel` is its place in the file and its kind, such as `1 (mailto)`: an address may hold secrets, and
    is never told. `why` is None where it was delivered.
    """

    channel: str
    why: Message | None = None
    duration_s: Annotated[float, Field(ge=0)] = 0.0

    @property
    def delivered(self) -> bool:
        """Say whether the channel took all of it."""
        return self.why is None


class AlertOutcome(Record):
    """What was told of a night, and to whom. `ping` is None where no address is set."""

    date: date
    sent: Moment
    events: tuple[Event, ...] = ()
    title: str = ""
    channels: tuple[ChannelResult, ...] = ()
    ping: ChannelResult | None = None

    @property
    def failed(self) -> tuple[ChannelResult, ...]:
        """The channels that did not take it, the ping among them."""
        tried = (*self.channels, *((self.ping,) if self.ping else ()))
        return tuple(each for each in tried if not each.delivered)
