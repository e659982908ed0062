"""Results that are remembered as long as the object they follow from lives."""

from __future__ import annotations

import weakref
from functools import wraps
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

GivenT = TypeVar("GivenT")
ResultT = TypeVar("ResultT")


def per_object(function: Callable[[GivenT], ResultT]) -> Callable[[GivenT], ResultT]:
    """Let a function work once for each object, which must not change.

    The object itself counts, not what it is equal to: to compare or hash a page's whole record costs more
    than most of what is made of it. What is raised is not remembered.
    """
    known: dict[int, tuple[weakref.ref[GivenT], ResultT]] = {}

    @wraps(function)
    def remembering(given: GivenT) -> ResultT:
        ident = id(given)
        if ident not in known:
            result = function(given)
            known[ident] = (weakref.ref(given, lambda _: known.pop(ident, None)), result)
        return known[ident][1]

    return remembering
