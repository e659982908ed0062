"""Makes foreign text inert: what would steer a terminal, turn the reading direction or hide stands as a mark.

Titles, addresses, file names and the messages of errors may come from a page or from somebody's bundle. An
escape sequence among them could rewrite what a terminal has shown; a line break could fake a second line.
"""

from __future__ import annotations

import unicodedata

SPACES = "\t\n\r\x0b\x0c\x85\u2028\u2029"
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def printable(text: object) -> str:
    """Return text as one line, each character that cannot be seen as a mark such as `⟨U+001B⟩`."""
    return "".join(f"⟨{code(char)}⟩" if is_hidden(char) else char for char in str(text))


def is_hidden(char: str) -> bool:
    """Say whether a character is a control, has no shape of its own, or breaks a line."""
    return char in SPACES or unicodedata.category(char) in _HIDDEN


def code(char: str) -> str:
    """Return the name of a character by its number, such as `U+202E`."""
    return f"U+{ord(char):04X}"
