"""The secret by which this machine knows what it derived itself: `derive.key` in the user's data folder."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

NAME = "derive.key"
KEY_BYTES = 32
_PRIVATE = 0o600


def machine_key() -> bytes | None:
    """Return the key, made at its first use; None if it cannot be made or is not private to this user."""
    try:
        path = key_path()
        try:
            about = path.lstat()
        except FileNotFoundError:
            _make_key(path)
            about = path.lstat()
        return _read_key(path, (about.st_ino, about.st_ctime_ns, about.st_mtime_ns, about.st_mode))
    except (OSError, RuntimeError):  # no home folder is a RuntimeError
        return None


def key_path() -> Path:
    """Return where the key stands: `$XDG_DATA_HOME/pantau`, or `~/.local/share/pantau`.

    Source: XDG Base Directory Specification 0.8: a path that is not absolute is ignored.
    """
    named = Path(os.environ.get("XDG_DATA_HOME", ""))
    folder = named if named.is_absolute() else Path.home() / ".local" / "share"
    return folder / "pantau" / NAME


def _make_key(path: Path) -> None:
    """Write a new key in one step; of two processes that do so at once, one's key stands."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_name(f".{NAME}.{uuid4().hex}")
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE), "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


@lru_cache(maxsize=4)
def _read_key(path: Path, _state: tuple[int, ...]) -> bytes | None:
    """Return the key in a file; read again when the file is another, or was touched."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        facts = os.fstat(file.fileno())
        private = stat.S_ISREG(facts.st_mode) and not facts.st_mode & 0o077 and facts.st_uid == os.getuid()
        key = file.read(KEY_BYTES + 1) if private else b""
    return key if len(key) == KEY_BYTES else None
