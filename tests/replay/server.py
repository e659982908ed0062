"""Replays a WACZ on loopback with pywb, which `.venv-replay/` holds; the first use installs it."""

from __future__ import annotations

import fcntl
import hashlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
PINS = HERE / "constraints.txt"
HOME = HERE.parents[1] / ".venv-replay"
STEP_LIMIT_S, ANSWER_LIMIT_S = 600, 60
COLLECTION = "arsip"


def ensure() -> Path:
    """Have pywb installed and return the folder of its programs; returns at once when it already is."""
    HOME.mkdir(exist_ok=True)
    stamp = HOME / "made-from.txt"
    wanted = hashlib.sha256(sys.version.encode() + PINS.read_bytes()).hexdigest()
    with (HOME / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            _run([sys.executable, "-m", "venv", "--clear", HOME / "env"])
            pip = [HOME / "env/bin/python", "-m", "pip", "install", "--quiet", "-c", PINS]
            _run([*pip, "pywb", "setuptools"])
            stamp.write_text(wanted)
    return HOME / "env/bin"


@contextmanager
def replaying(wacz: Path, folder: Path) -> Iterator[str]:
    """Serve an archive while the block runs; gives the address that its pages' addresses are put after."""
    programs = ensure()
    _run([programs / "wb-manager", "init", COLLECTION], cwd=folder)
    _run([programs / "wb-manager", "add", "--unpack-wacz", COLLECTION, wacz], cwd=folder)
    port = _free_port()
    server = subprocess.Popen(
        [programs / "wayback", "--port", str(port), "-b", "127.0.0.1"],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _answers(f"http://127.0.0.1:{port}/", server)
        yield f"http://127.0.0.1:{port}/{COLLECTION}/"
    finally:
        server.terminate()
        server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _answers(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + ANSWER_LIMIT_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2)
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the replay server does not answer")


def _run(command: list[str | Path], cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=STEP_LIMIT_S, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr[-2_000:]}"
