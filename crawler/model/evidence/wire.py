"""Requests and how they ended, with their bodies."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from crawler.model.evidence.guard import UNKNOWN_RULES
from crawler.model.evidence.record import Moment, Record


class Body(Record):
    """A body as it is kept: `sha256_stored` is of the blob, `sha256_wire` of the wire bytes.

    `sha256_wire` is None where a secret was replaced in the body, since a short one could be guessed from it.
    """

    state: Literal["none", "stored", "truncated", "gone", "not kept"]
    bytes: int | None = Field(default=None, ge=0, le=2**53)
    sha256_wire: str | None = None
    sha256_stored: str | None = None
    why: str = ""


class Initiator(Record):
    """What made the browser send a request, as far as it says."""

    type: str
    url: str = ""


class Request(Record):
    """One line of `data/requests.jsonl`, written when the request is seen.

    `state` is `sent` when the browser let it go, `refused` when the guard stopped it, by the rule named in
    `refused_by`. Secret values in the URL, the headers and the body are keyed hashes of the form
    `h:<16 hex digits>`.
    """

    id: str
    time: Moment
    visit: int
    page: int
    frame: str
    initiator: Initiator
    method: str
    url: str
    type: str
    headers: dict[str, str]
    body: Body
    fields: tuple[str, ...] = ()
    redirected_from: str | None = None
    from_worker: bool = False
    seen_by: tuple[str, ...]
    state: Literal["sent", "blocked", "refused"]
    refused_by: str = ""

    @property
    def intended(self) -> bool:
        """Say whether it was refused as an order: where it wanted to go is an intended destination."""
        return self.state == "refused" and self.refused_by not in UNKNOWN_RULES


class Address(Record):
    """Address and port of the server on the browser's own connection."""

    ip: str
    port: int = Field(ge=0, le=65_535)


class Response(Record):
    """One line of `data/responses.jsonl`: how the request with the same id ended. No line: it had not ended.

    `contacted` is true only where a server answered or connection facts exist; browsers also report requests
    that never left. `sent_headers` are the request's own as they went over the wire, cookies included: the
    request line was written before they were known.
    """

    id: str
    time: Moment
    contacted: bool
    status: int | None = Field(default=None, ge=0, le=999)
    headers: dict[str, str] = Field(default_factory=dict)
    sent_headers: dict[str, str] = Field(default_factory=dict)
    body: Body
    address: Address | None = None
    tls: dict[str, Any] | None = None
    from_cache: bool = False
    from_service_worker: bool = False
    failure: str | None = None
