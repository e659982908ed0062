"""Whether a company's name goes on behind the words that were looked for: it is then another company's.

“PT Tokopedia Palsu Jaya” is not PT Tokopedia, “PT Tokopedia Tbk.” and “PT Tokopedia sebagai …” are. What may
follow a name is data (`statements.toml`); behind it, capitals tell a name from the rest of a sentence.
"""

from __future__ import annotations

import re
from functools import cache

from crawler.lib import words as data
from crawler.lib.text import letters

LOOKED_CHARS = 80  # behind a name
_GLUED = re.compile(r"[-\u2010\u2011_.'\u2019](\w+)")  # Tokopedia-X, Tokopedia.example
_NEXT = re.compile(r"[^\S\u2028]+(\w[\w&'\u2019.-]*)")
_TAIL = re.compile(r"[^\S\u2028]*[,(]?[^\S\u2028]*(\w+)\.?\)?")
_YEAR = re.compile(r"(?:19|20)\d\d\.?")


def goes_on(text: str, start: int, end: int) -> bool:
    """Say whether the name that ends a sentence goes on behind it.

    Args:
        text: The text that holds the sentence.
        start: Where the sentence begins.
        end: Where its last word, the name, ends.
    """
    name = text[start:end].rsplit(maxsplit=1)[-1]
    behind = _without_tails(text[end : end + LOOKED_CHARS])
    glued = _GLUED.match(behind)
    if glued:
        return letters(glued.group(1)).text not in _set("name_endings")
    following = _NEXT.match(behind)
    return following is not None and _is_name_word(following.group(1), name)


def _without_tails(behind: str) -> str:
    """Return what stands behind a name and its legal tails, such as `Tbk.` or `(Persero)`."""
    while (tail := _TAIL.match(behind)) and letters(tail.group(1)).text in _set("name_tails"):
        behind = behind[tail.end() :]
    return behind


def _is_name_word(word: str, name: str) -> bool:
    """Say whether the word behind a name may belong to it; where case says nothing, any word unknown may."""
    folded = letters(word.rstrip(".-'\u2019&")).text
    if folded in _set("behind_names") or _YEAR.fullmatch(word):
        return False
    if word[0].isdigit():
        return word.isdigit()
    tells = not (name.isupper() and word.isupper()) and not name.islower()
    return not (tells and word[0].islower())


@cache
def _set(key: str) -> frozenset[str]:
    return frozenset(letters(word).text for word in data.load("statements")[key])
