"""What a network log shows, as records: requests, and connections and look-ups without one."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from crawler.derive.network.certificates import Certificate
from crawler.lib import words
from crawler.model.evidence import Address, Record


class Flow(Record):
    """One thing the browser did on the network. `id` is `n`, the log's source number and the hop.

    `kind` is `request`, `connection` (no request went over it), `webtransport` (a session over QUIC),
    `datagrams` (what else was sent to an address by UDP, such as by WebRTC) or `look-up` (of a name alone).
    `top_site` is the site of the page, empty where the browser did it for no page; `made_for` names the
    request that a preflight was made for. `certificate` is the SHA-256 of one in `Traffic.certificates`.
    `aliases` are the names that the look-up went through. `error` is the browser's, empty where it had
    none. `ended` is when it was over, None where the log does not say. `pooled` says that a connection was
    made for requests, `to_group` that datagrams went to all machines around. Of what is sent by UDP,
    `body_bytes` and `received_bytes` count all of it.
    """

    id: str
    time: str
    kind: Literal["request", "connection", "webtransport", "datagrams", "look-up"]
    method: str = ""
    url: str
    host: str
    initiator: str = ""
    top_site: str = ""
    annotation: str = ""
    main_frame: bool = False
    made_for: str | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    response_headers: dict[str, str] = Field(default_factory=dict)
    body_bytes: int | None = None
    received_bytes: int = 0
    pooled: bool = False
    to_group: bool = False
    sent: bool = False
    status: int | None = None
    address: Address | None = None
    protocol: str = ""
    certificate: str = ""
    error: str = ""
    redirected_from: str | None = None
    ended: str | None = None

    @property
    def asked_by_tool(self) -> bool:
        """Whether it was loaded on behalf of the capture, and of no page."""
        return self.annotation in words.load("traffic")["tool"]["names"]

    @property
    def own(self) -> bool:
        """Whether it is the business of the browser or of the capture, and no page's."""
        own = words.load("traffic")["own"]
        if self.kind == "request":
            return self.asked_by_tool or self.annotation in own["names"]
        if self.to_group:
            return True
        return not self.top_site and self.host in own["hosts"]


class Traffic(Record):
    """What a network log shows, in the order it happened.

    `complete` is false where the log was cut off, `truncated` where it holds more than is read. `dropped`
    counts lines that were lost: left out at capture, or damaged.
    """

    flows: tuple[Flow, ...]
    certificates: dict[str, Certificate]
    aliases: dict[str, tuple[str, ...]]
    complete: bool
    truncated: bool
    dropped: int
