"""Accounts of the review desk and their sessions: rows of one SQLite file, so that each can be revoked.

A session's key is a secret of the browser's; the file holds its SHA-256 alone, so that who reads the file
cannot come in with it.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from crawler.errors import AccountError
from crawler.lib.clock import stamp
from crawler.model.account import Account, Person, Role, Session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.model.account import Origin

FILE = "accounts.db"
SESSION_LIFE = timedelta(hours=12)
SESSION_IDLE = timedelta(hours=2)
_SEEN_EVERY = timedelta(minutes=1)  # a page of a desk makes many requests; not each is worth a write
_KEY_BYTES = 32
_BUSY_TIMEOUT_S = 10.0
_TABLES = """
CREATE TABLE IF NOT EXISTS accounts (
    name TEXT PRIMARY KEY, roles TEXT NOT NULL, created TEXT NOT NULL, password_hash TEXT, disabled TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS sessions (
    key_sha256 TEXT PRIMARY KEY, name TEXT NOT NULL, origin TEXT NOT NULL,
    started TEXT NOT NULL, seen TEXT NOT NULL, ended TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS sessions_of ON sessions (name);
"""


class Accounts:
    """Reads and writes the accounts and sessions of one desk. Any number of processes may."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it, readable to its owner alone.

        Raises:
            AccountError: it is there and is no such file, or the folder cannot be written.
        """
        self.path = path
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
        except OSError as error:
            raise _unusable(path, error.strerror or str(error)) from error
        with self._opened() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(_TABLES)

    # ── accounts ────────────────────────────────────────────────────────────────────────────────────

    def all(self) -> tuple[Account, ...]:
        """Return every account, disabled ones too, by name."""
        with self._opened() as connection:
            return tuple(map(_account, connection.execute("SELECT * FROM accounts ORDER BY name")))

    def find(self, name: str) -> Account | None:
        """Return an account; None where there is none of that name."""
        with self._opened() as connection:
            row = connection.execute("SELECT * FROM accounts WHERE name = ?", (name,)).fetchone()
        return _account(row) if row else None

    def add(self, account: Account) -> None:
        """Add an account.

        Raises:
            AccountError: there is one of that name.
        """
        row = (
            account.name,
            _written(account.roles),
            stamp(account.created),
            account.password_hash,
            stamp(account.disabled) if account.disabled else None,
        )
        with self._opened() as connection:
            try:
                connection.execute("INSERT INTO accounts VALUES (?, ?, ?, ?, ?)", row)
            except sqlite3.IntegrityError as error:
                raise _taken(account.name) from error

    def check_free(self, name: str) -> None:
        """Raise AccountError where there is an account of that name, disabled or not."""
        if self.find(name):
            raise _taken(name)

    def check_known(self, name: str) -> None:
        """Raise AccountError where there is no account of that name."""
        if self.find(name) is None:
            raise _unknown(name)

    def set_password(self, name: str, password_hash: str) -> None:
        """Give an account another password, enable it, and end its sessions."""
        self._change(name, "password_hash = ?, disabled = NULL", password_hash)

    def disable(self, name: str) -> None:
        """Let nobody in by an account any more, and end its sessions; its name stays taken."""
        self._change(name, "disabled = ?", stamp())

    def _change(self, name: str, what: str, value: str) -> None:
        with self._opened() as connection:
            done = connection.execute(f"UPDATE accounts SET {what} WHERE name = ?", (value, name))  # noqa: S608 - `what` is ours
            if not done.rowcount:
                raise _unknown(name)
            connection.execute(
                "UPDATE sessions SET ended = ? WHERE name = ? AND ended IS NULL", (stamp(), name)
            )

    # ── sessions ────────────────────────────────────────────────────────────────────────────────────

    def start_session(self, name: str, origin: Origin) -> str:
        """Begin a session and return its key, which is stored nowhere."""
        key, now = secrets.token_urlsafe(_KEY_BYTES), stamp()
        with self._opened() as connection:
            connection.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, NULL)", (_hidden(key), name, origin, now, now)
            )
        return key

    def whose_session(self, key: str, *, now: datetime | None = None) -> Person | None:
        """Return whose session a key opens; None if it opens none: ended, expired, disabled or made up.

        Roles are the account's as they are now. Who came by the start-up token has no account and all roles.
        """
        moment = now or datetime.now(UTC)
        with self._opened() as connection:
            row = connection.execute(
                "SELECT s.*, a.roles, a.disabled, a.name IS NOT NULL AS known FROM sessions s"
                " LEFT JOIN accounts a ON a.name = s.name WHERE s.key_sha256 = ? AND s.ended IS NULL",
                (_hidden(key),),
            ).fetchone()
            if row is None or _is_over(row, moment):
                return None
            if moment - datetime.fromisoformat(row["seen"]) > _SEEN_EVERY:
                connection.execute(
                    "UPDATE sessions SET seen = ? WHERE key_sha256 = ?", (stamp(moment), _hidden(key))
                )
        if row["origin"] == "token":
            return Person(name=row["name"], roles=frozenset(Role), origin="token")
        if not row["known"] or row["disabled"]:
            return None
        return Person(name=row["name"], roles=frozenset(_roles(row["roles"])), origin=row["origin"])

    def end_session(self, key: str) -> None:
        """End a session: its key opens nothing any more."""
        with self._opened() as connection:
            connection.execute("UPDATE sessions SET ended = ? WHERE key_sha256 = ?", (stamp(), _hidden(key)))

    def open_sessions(self, *, now: datetime | None = None) -> tuple[Session, ...]:
        """Return the sessions that are neither ended nor expired, newest first."""
        moment = now or datetime.now(UTC)
        with self._opened() as connection:
            rows = connection.execute(
                "SELECT rowid AS number, * FROM sessions WHERE ended IS NULL ORDER BY started DESC"
            ).fetchall()
        return tuple(Session.model_validate(dict(row)) for row in rows if not _is_over(row, moment))

    def revoke_session(self, number: int) -> str | None:
        """End a session by its number and return whose it was; None where there is no such open session."""
        with self._opened() as connection:
            row = connection.execute(
                "UPDATE sessions SET ended = ? WHERE rowid = ? AND ended IS NULL RETURNING name",
                (stamp(), number),
            ).fetchone()
        return str(row["name"]) if row else None

    def forget_old_sessions(self) -> None:
        """Remove the rows of sessions that expired more than a day ago."""
        before = stamp(datetime.now(UTC) - SESSION_LIFE - timedelta(days=1))
        with self._opened() as connection:
            connection.execute("DELETE FROM sessions WHERE started < ?", (before,))

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection of one transaction."""
        try:
            with closing(sqlite3.connect(self.path, timeout=_BUSY_TIMEOUT_S)) as connection, connection:
                connection.row_factory = sqlite3.Row
                yield connection
        except sqlite3.Error as error:
            raise _unusable(self.path, str(error)) from error


def _account(row: sqlite3.Row) -> Account:
    return Account.model_validate({**dict(row), "roles": _roles(row["roles"])})


def _roles(written: str) -> tuple[Role, ...]:
    return tuple(Role(word) for word in written.split())


def _written(roles: tuple[Role, ...]) -> str:
    return " ".join(role.value for role in roles)


def _hidden(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _is_over(row: sqlite3.Row, moment: datetime) -> bool:
    started, seen = datetime.fromisoformat(row["started"]), datetime.fromisoformat(row["seen"])
    return moment - started > SESSION_LIFE or moment - seen > SESSION_IDLE


def _taken(name: str) -> AccountError:
    return AccountError(
        f"There is an account {name} already.",
        hint=f"pantau user list shows all; pantau user password {name} sets a password and enables it.",
    )


def _unknown(name: str) -> AccountError:
    return AccountError(f"There is no account {name}.", hint="pantau user list shows all.")


def _unusable(path: Path, why: str) -> AccountError:
    return AccountError(
        f"The accounts in {path} cannot be used: {why}.",
        hint="See that the folder can be written and that the file is the desk's own.",
    )
