"""What became of a connection that the browser asked the checking proxy for."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from crawler.model.evidence.record import Moment, Record
from crawler.model.evidence.wire import Address


class ProxiedConnection(Record):
    """One line of `data/proxy.jsonl`, written before the browser is answered.

    `host` and `port` are as the browser asked for them; `client_port` is that of the browser's own end, by
    which Chromium's network log knows the connection. A `connected` one has the `address` that was checked
    and connected to. A `refused` one was stopped by Pantau: `range` names why, and `address`, where the host
    has one, the first that lies in it. A `failed` one was allowed and did not come about: `error` says why.
    `passed_over` are addresses of the same host that were left out as forbidden.
    """

    time: Moment
    host: str
    port: int = Field(ge=0, le=65_535)
    client_port: int = Field(ge=0, le=65_535)
    decision: Literal["connected", "refused", "failed"]
    address: Address | None = None
    range: str = ""
    error: str = ""
    passed_over: tuple[str, ...] = ()
