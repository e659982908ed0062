"""Where the queue of a night is: a file on one machine, or a PostgreSQL database that many share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

_SCHEMES = ("postgresql", "postgres")
_HINT = (
    "Write for example postgresql://pantau@db.example:5432/pantau and give the password by the environment "
    "variable PGPASSWORD or a file that PGPASSFILE names."
)


@dataclass(frozen=True)
class QueueAddress:
    """The address of a queue's database; it never holds a password."""

    url: str
    file: Path | None = None

    @classmethod
    def of_file(cls, path: Path) -> QueueAddress:
        """Return the address of a queue in a file of this machine."""
        return cls(f"sqlite:///{path}", path)

    @classmethod
    def of_url(cls, url: str) -> QueueAddress:
        """Return the address that a PostgreSQL URL names.

        Raises:
            ConfigError: it is none, or it holds a password: whoever lists processes would read it.
        """
        try:
            parts = urlsplit(url)
            password, host, name = parts.password, parts.hostname, parts.path.strip("/")
        except ValueError as error:
            raise ConfigError(f"--queue: this is no URL: {error}.", hint=_HINT) from error
        if parts.scheme not in _SCHEMES or not host or not name:
            raise ConfigError("--queue: this is no URL of a PostgreSQL database.", hint=_HINT)
        if password is not None or "password=" in parts.query.lower():
            raise ConfigError("--queue: the URL holds a password.", hint=_HINT)
        return cls("postgresql" + url[len(parts.scheme) :])

    @property
    def shared(self) -> bool:
        """Say whether workers of other processes take jobs from it."""
        return self.file is None
