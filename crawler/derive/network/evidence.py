"""What the browser's own connections show of a host."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from crawler.derive.network.certificates import Certificate


class Evidence(NamedTuple):
    """What the browser's own connections show of a host; None where nobody looked.

    `aliases` is the chain of names behind the host, `certificate` that of the very connection, `address` the
    server's on it.
    """

    aliases: tuple[str, ...] | None = None
    certificate: Certificate | None = None
    address: str = ""
