"""Results that are remembered: as long as the object they follow from lives, or of short texts."""

from __future__ import annotations

import weakref
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

SHORT_CHARS = 400  # of a text that may come again: headers, footers, labels
MOST_TEXTS = 4_096  # a bundle of ten stages has some 1,500 different ones
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


def per_short_text(function: Callable[..., ResultT]) -> Callable[..., ResultT]:
    """Let a function of a text, and of facts that can be hashed, work once for each text that is short.

    The texts of a shop's header and footer come with every page. What is returned must not change.
    """
    known = lru_cache(maxsize=MOST_TEXTS)(function)

    @wraps(function)
    def remembering(text: str, *facts: Hashable) -> ResultT:
        return known(text, *facts) if len(text) <= SHORT_CHARS else function(text, *facts)

    return remembering
