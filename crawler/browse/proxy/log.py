"""The proxy's log: written by the proxy, read while the run goes on by the process that walks the journey."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from crawler.lib.hosts import host_and_port
from crawler.model.evidence import Address, ProxiedConnection

if TYPE_CHECKING:
    from pathlib import Path

MAX_CONNECTIONS = 50_000  # of one run: some 12 MB of log; a journey asks for some hundreds
FULL = "too many"  # the range of the last line: from here on every connection is refused, unwritten


class LogWriter:
    """Appends a line for each connection, and says when it takes no more.

    Raises:
        OSError: the disk does not take it.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("xb")
        self._lines = 0

    @property
    def full(self) -> bool:
        """Whether no further connection may be made, since it could not be recorded."""
        return self._lines >= MAX_CONNECTIONS

    def append(self, record: ProxiedConnection) -> None:
        """Write a line and hand it to the system, so that other processes see it."""
        if self._lines <= MAX_CONNECTIONS:
            self._file.write(record.model_dump_json().encode() + b"\n")
            self._file.flush()
            self._lines += 1

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class LogReader:
    """What the proxy has said so far, by host and port; reads on as it is asked."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0
        self._last: dict[tuple[str, int], ProxiedConnection] = {}
        self._connected: dict[tuple[str, int], Address | None] = {}

    def server(self, host: str, port: int) -> Address | None:
        """Return the address that the browser's last connection to a host went to; None for none."""
        self._read_on()
        return self._connected.get((host, port))

    def why_refused(self, url: str) -> str:
        """Return in words why the last connection for a URL was refused; empty where it was not."""
        self._read_on()
        last = self._last.get(host_and_port(url))
        if last is None or last.decision != "refused":
            return ""
        where = f" ({last.address.ip})" if last.address else ""
        return f"Pantau does not let this run reach it: {last.range}{where}"

    def _read_on(self) -> None:
        try:
            with self._path.open("rb") as file:
                file.seek(self._at)
                block = file.read()
        except FileNotFoundError:
            return
        whole, newline, _ = block.rpartition(b"\n")
        self._at += len(whole) + len(newline)
        for line in whole.splitlines():
            try:
                record = ProxiedConnection.model_validate_json(line)
            except ValidationError:
                continue
            key = (record.host, record.port)
            self._last[key] = record
            if record.decision == "connected":
                self._connected[key] = record.address
