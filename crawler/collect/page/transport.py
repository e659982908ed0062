"""Which servers answered on a page of a visit, and with which certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.collect.target import Target
    from crawler.model.evidence import Artifact


class Transport:
    """Writes down what the request recorder saw of connections; it asks the browser nothing."""

    id = "transport"

    def collect(self, target: Target) -> tuple[Artifact, ...]:
        """Take `transport.json`: one record for each host, address and certificate."""
        seen = target.connections.on_page(target.visit, target.number)
        records = target.bounded("transport", "connections", seen)
        return (target.keep_records("transport", "transport.json", records),)
