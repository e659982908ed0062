"""Make the shop's own environment and fill a shop in it; done once, then found ready in a moment.

`.venv-real-shop/` in the checkout holds everything: the environment in `env/`, the filled shop in `shop/`, a
lock so that two test processes do not build at once, and a stamp that says what it was made from.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
PINS = HERE / "constraints.txt"
WANTED = ("django-oscar[sorl-thumbnail]", "Whoosh")  # with its thumbnails and a search engine it knows
STEP_LIMIT_S = 600


class InstallError(RuntimeError):
    """The real shop cannot be set up; the message is one sentence that says what and how to get it."""


@dataclass(frozen=True)
class Installation:
    """Where the shop is installed: the folder that holds environment, filled shop, lock and stamp."""

    home: Path = HERE.parents[1] / ".venv-real-shop"

    @property
    def python(self) -> Path:
        """The interpreter that has django-oscar."""
        return self.home / "env" / "bin" / "python"

    @property
    def filled(self) -> Path:
        """The filled shop's database, pictures and search index, to be copied and never used in place."""
        return self.home / "shop"

    def ensure(self) -> None:
        """Have the shop installed and filled; returns at once when it already is.

        Raises:
            InstallError: If a step fails.
        """
        self.home.mkdir(exist_ok=True)
        with self._locked():
            stamp = self.home / "made-from.txt"
            wanted = [_fingerprint([PINS]), _fingerprint(sorted((HERE / "toko").rglob("*")))]
            made_from = stamp.read_text().split() if stamp.exists() else []
            if made_from == wanted:
                return
            stamp.unlink(missing_ok=True)
            if made_from[:1] != wanted[:1]:
                self._make_environment()
            self._fill()
            stamp.write_text(" ".join(wanted) + "\n")

    def environment(self, store_dir: Path, *, states_operator: bool = False) -> dict[str, str]:
        """Variables for a process of the shop whose database, pictures and index are in `store_dir`.

        With `states_operator` its pages say who runs it, as the rules ask.
        """
        ours = ("PYTHON", "DJANGO", "COV_")
        return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | {
            "PYTHONPATH": str(HERE),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONWARNINGS": "ignore",
            "DJANGO_SETTINGS_MODULE": "toko.settings",
            "TOKO_STORE_DIR": str(store_dir),
            "TOKO_STATES_OPERATOR": str(int(states_operator)),
        }

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.home / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _make_environment(self) -> None:
        _run(
            [sys.executable, "-m", "venv", "--clear", self.home / "env"],
            else_say="Python cannot make a virtual environment here; on Debian: apt install python3-venv",
        )
        _run(
            [self.python, "-m", "pip", "install", "--quiet", "-c", PINS, *WANTED],
            else_say="pip could not install django-oscar; check that it can reach a package index",
        )

    def _fill(self) -> None:
        shutil.rmtree(self.filled, ignore_errors=True)
        self.filled.mkdir()
        _run(
            [self.python, "-m", "toko.fill"],
            else_say="django-oscar is installed, but filling the shop failed",
            env=self.environment(self.filled),
        )


def _fingerprint(paths: list[Path]) -> str:
    """Digest of the names and contents that a step is made from, and of the Python that makes it."""
    digest = hashlib.sha256(sys.version.encode())
    for path in paths:
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _run(command: list[str | Path], *, else_say: str, env: dict[str, str] | None = None) -> None:
    try:
        done = subprocess.run(
            command, env=env, capture_output=True, text=True, timeout=STEP_LIMIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InstallError(f"Real shop: {else_say} ({error}).") from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1].rstrip(".")
        raise InstallError(f"Real shop: {else_say} ({last}).")
