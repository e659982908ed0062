"""What the checking proxy of a run refused, summed up by host: Pantau's own decisions, told as that."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from crawler.report.views import ProxiedView, RefusedContact

if TYPE_CHECKING:
    from crawler.store.bundle import Bundle


def proxied_view(bundle: Bundle) -> ProxiedView | None:
    """Return what became of the connections of a run, None where it went by no checking proxy."""
    records = bundle.proxied_connections()
    if records is None:
        return None
    decisions = Counter(each.decision for each in records)
    refused = Counter(
        (each.host, each.port, each.range, each.address.ip if each.address else "")
        for each in records
        if each.decision == "refused"
    )
    return ProxiedView(
        connected=decisions["connected"],
        failed=decisions["failed"],
        refused=tuple(
            RefusedContact(host=host, port=port, range=name, address=address, count=count)
            for (host, port, name, address), count in refused.items()
        ),
    )
