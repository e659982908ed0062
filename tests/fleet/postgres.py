"""A PostgreSQL of its own for a test or a trial: Debian's, in a folder under /tmp, on loopback.

It has a password and never runs as root: where the tests do, it runs as the user that Debian's package made
for it, else as `nobody`.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Self

START_LIMIT_S = 60


class Postgres:
    """A running server; use it as a context. `environment` gives its password, `url` has none."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="pantau-pg-"))
        self._password = secrets.token_hex(16)
        self._user = _user()
        self._server: subprocess.Popen[bytes] | None = None
        self.port = _free_port()

    @property
    def url(self) -> str:
        return f"postgresql://pantau@127.0.0.1:{self.port}/pantau"

    @property
    def environment(self) -> dict[str, str]:
        return {"PGPASSWORD": self._password}

    def __enter__(self) -> Self:
        password = self._folder / "password"
        password.write_text(self._password)
        if self._user:
            owner = pwd.getpwnam(self._user)
            for path in (self._folder, password):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        data = str(self._folder / "data")
        self._run(
            "initdb", "-D", data, "-U", "pantau", "--pwfile", str(password), "-A", "scram-sha-256", "-N"
        )
        self.start()
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "pantau", "pantau")
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        command = [_binary("postgres"), "-D", str(self._folder / "data"), "-p", str(self.port)]
        options = ["-c", "listen_addresses=127.0.0.1", "-k", str(self._folder), "-c", "fsync=off"]
        self._server = subprocess.Popen(
            command + options,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self._as_user,
        )
        until = time.monotonic() + START_LIMIT_S
        while subprocess.run(
            [_binary("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False, cwd="/"
        ).returncode:
            assert time.monotonic() < until, "PostgreSQL did not start"
            time.sleep(0.05)

    def stop(self, how: int = signal.SIGINT) -> None:
        """Stop the server: at once, with every connection cut."""
        if self._server is not None:
            with contextlib.suppress(ProcessLookupError):
                self._server.send_signal(how)
            self._server.wait(START_LIMIT_S)
            self._server = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def _run(self, name: str, *arguments: str) -> None:
        subprocess.run(
            [_binary(name), *arguments],
            check=True,
            cwd="/",
            capture_output=True,
            env=os.environ | self.environment,
            **self._as_user,
        )

    @property
    def _as_user(self) -> dict[str, Any]:
        return {"user": self._user, "extra_groups": []} if self._user else {}


def _binary(name: str) -> str:
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = str(debian[-1]) if debian else shutil.which(name)
    assert found, f"{name} is not there; .ci/setup dev installs it"
    return found


def _user() -> str | None:
    """Return the user to run as; None where this process is no root."""
    if os.geteuid():
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise AssertionError("there is no user to run PostgreSQL as")


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
