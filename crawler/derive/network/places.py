"""Which visit a request is judged at, when it was recorded at none that the run knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.model.evidence import Visit


def place(visits: Iterable[Visit], ordinal: int) -> Visit | None:
    """Return the visit with an ordinal; else the nearest later one, else the last; None if there are none.

    What goes over the wire before the first stage, or under a number that no visit has, is judged all the
    same: it led to the next stage.
    """
    listed = sorted(visits, key=lambda visit: visit.ordinal)
    return next((visit for visit in listed if visit.ordinal >= ordinal), listed[-1] if listed else None)
