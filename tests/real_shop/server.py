"""The real shop as a process of its own, with a fresh copy of its data, on a free loopback port."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import select
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
from typing import TYPE_CHECKING, Self

import trustme

from .install import Installation

if TYPE_CHECKING:
    from pathlib import Path

HOST = "toko-oscar.test"
OPERATOR_HOST = "www.tokopedia.com"  # of whose operator the policy data knows
SCRIPT_HOST = "ajax.googleapis.com"  # where django-oscar's pages load jQuery from
START_LIMIT_S = 60
STOP_LIMIT_S = 5


class OscarShop:
    """django-oscar over TLS, for the length of a `with` block.

    Attributes:
        host: The name it is served under.
        start_url: The storefront's address.
        resolve: Host mappings, `name=address:port`, that a browser needs to find the shop.
        trust_ca: PEM file of the throw-away authority that signed the shop's certificate.
    """

    def __init__(self, work_dir: Path, *, clean: bool = False) -> None:
        """Take a place for the shop; it starts with the `with` block.

        Args:
            work_dir: An empty directory for this run's data, certificates and server log.
            clean: Serve it as Tokopedia would have to: under a host of its own, with its statement, contacts
                and notice in place.
        """
        self.host = OPERATOR_HOST if clean else HOST
        self.start_url = f"https://{self.host}/"
        self._clean = clean
        self.work_dir = work_dir
        self.trust_ca = work_dir / "ca.pem"
        self.resolve: tuple[str, ...] = ()
        self._installation = Installation()
        self._database = work_dir / "store" / "db.sqlite3"
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._installation.ensure()
        shutil.copytree(self._installation.filled, self.work_dir / "store")
        certificate = self._issue_certificate()
        self._process = self._start(certificate)
        try:
            port = self._read_port()
            self._wait_for_answer(port)
        except BaseException:
            self._stop()
            raise
        self.resolve = tuple(f"{host}=127.0.0.1:{port}" for host in (self.host, SCRIPT_HOST))
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def orders(self) -> int:
        """Rows in the shop's order table."""
        with contextlib.closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)) as database:
            (rows,) = database.execute("SELECT count(*) FROM order_order").fetchone()
        return int(rows)

    def answered(self) -> list[str]:
        """The server's own lines about the pages it was asked for, files left out."""
        lines = (self.work_dir / "server.log").read_text(errors="replace").splitlines()
        return [
            line for line in lines if "HTTP/1.1" in line and not re.search(r" /(static|media|ajax)/", line)
        ]

    def _issue_certificate(self) -> Path:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.trust_ca)
        path = self.work_dir / "server.pem"
        authority.issue_cert(self.host, SCRIPT_HOST).private_key_and_cert_chain_pem.write_to_path(path)
        return path

    def _start(self, certificate: Path) -> subprocess.Popen[str]:
        # The pipe on its standard input is the leash: it closes when this process ends, however it ends.
        with (self.work_dir / "server.log").open("w") as log:
            return subprocess.Popen(
                [self._installation.python, "-m", "toko.serve", certificate],
                env=self._installation.environment(self.work_dir / "store", states_operator=self._clean),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    def _read_port(self) -> int:
        assert self._process
        assert self._process.stdout
        ready, _, _ = select.select([self._process.stdout], [], [], START_LIMIT_S)
        line = self._process.stdout.readline() if ready else ""
        if not line:
            log = (self.work_dir / "server.log").read_text().strip()
            raise RuntimeError(f"The real shop's server did not start: {log[-2000:] or 'no message'}")
        return int(line)

    def _wait_for_answer(self, port: int) -> None:
        """Fetch the storefront once, through TLS and under its own name."""
        trust = ssl.create_default_context(cafile=self.trust_ca)
        connection = http.client.HTTPConnection(self.host)
        plain = socket.create_connection(("127.0.0.1", port), timeout=START_LIMIT_S)
        with contextlib.closing(connection):
            connection.sock = trust.wrap_socket(plain, server_hostname=self.host)
            connection.request("GET", "/catalogue/", headers={"Connection": "close"})
            response = connection.getresponse()
            response.read()
        if response.status != http.HTTPStatus.OK:
            raise RuntimeError(f"The real shop's storefront answers {response.status}")

    def _stop(self) -> None:
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(STOP_LIMIT_S)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        self._process = None
