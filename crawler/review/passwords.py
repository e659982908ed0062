"""Passwords: hashed with Argon2, checked one at a time.

One check takes 64 MiB and some tenth of a second. So only one runs at once, the others wait; and a
name that nobody has takes as long as one that somebody has.
"""

from __future__ import annotations

import threading
from functools import cache

from pwdlib import PasswordHash

from crawler.errors import AccountError

MIN_CHARACTERS = (
    12  # NIST SP 800-63B-4 (2025) asks for 15 where nothing else guards the door, 8 with a second factor
)
MAX_CHARACTERS = 1_024
_ONE_AT_A_TIME = threading.Lock()


def hash_password(password: str) -> str:
    """Return what is kept of a password.

    Raises:
        AccountError: it is too short or too long.
    """
    if not MIN_CHARACTERS <= len(password) <= MAX_CHARACTERS:
        raise AccountError(
            f"A password has from {MIN_CHARACTERS} to {MAX_CHARACTERS} characters.",
            hint="Take a few words that have nothing to do with each other.",
        )
    with _ONE_AT_A_TIME:
        return _hasher().hash(password)


def is_password(password: str, kept: str | None) -> bool:
    """Say whether a password is the one of which `kept` was kept; None, of nobody's, is checked as long."""
    if len(password) > MAX_CHARACTERS:
        return False
    with _ONE_AT_A_TIME:
        fits = _hasher().verify(password, kept or _of_nobody())
    return fits and kept is not None


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _of_nobody() -> str:
    return _hasher().hash("nobody has this password")
