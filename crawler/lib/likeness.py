"""How alike two readings of the same words are."""

from __future__ import annotations

import re

from rapidfuzz.distance import Indel

from crawler.lib.text import fold

__all__ = ["letters_of", "likeness"]

_NO_LETTERS = re.compile(r"[\W_]+")


def letters_of(text: str) -> str:
    """Return the folded letters and digits of a text, and nothing between them."""
    return _NO_LETTERS.sub("", fold(text))


def likeness(read: str, meant: str, *, at_least: float = 0.0) -> float:
    """Return how much of two texts is the same letters in the same order, from 0 to 1; 1 only where equal.

    Twice the longest common subsequence over the letters of both, as `rapidfuzz` counts it.

    Args:
        read: One text; readings are compared by `letters_of`.
        meant: The other.
        at_least: What is less alike than this is 0, and costs less.
    """
    return Indel.normalized_similarity(read, meant, score_cutoff=at_least)
