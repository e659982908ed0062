"""The browser on this machine: where it is, how it trusts an extra authority, how it is kept on a leash."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from crawler.errors import ConfigError

__all__ = ["Browser", "find_browser", "trust_ca", "wrapper"]

MACHINE_NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser", "chrome")
ANSWER_LIMIT_S = 30.0
INSTALL_HINT = "run `make setup`, or install Chromium and name it with --browser or PANTAU_BROWSER"

Source = Literal["option", "environment", "machine", "playwright"]


class Browser(BaseModel):
    """A browser that answers: its path, its own words about its version, and who named it."""

    model_config = ConfigDict(frozen=True)

    path: Path
    product: str
    version: str
    source: Source


def find_browser(explicit: str | None = None) -> Browser:
    """Return the browser to use.

    The order: `explicit` (--browser), PANTAU_BROWSER, a Chromium or Chrome on PATH, Playwright's own.

    Raises:
        ConfigError: A named browser does not answer, or there is none at all.
    """
    named: tuple[tuple[Source, str | None], ...] = (
        ("option", explicit),
        ("environment", os.environ.get("PANTAU_BROWSER")),
    )
    for source, name in named:
        if name:
            return _named(name, source)
    for path in _on_machine():
        if browser := _ask(path, "machine"):
            return browser
    if browser := _ask(_playwright_own(), "playwright"):
        return browser
    raise ConfigError("no Chromium or Chrome was found on this machine", hint=INSTALL_HINT)


def _named(name: str, source: Source) -> Browser:
    found = shutil.which(Path(name).expanduser())
    if browser := _ask(Path(found).absolute() if found else None, source):
        return browser
    asked_by = "--browser" if source == "option" else "PANTAU_BROWSER"
    raise ConfigError(f"{asked_by} names {name}, which is no browser that starts", hint=INSTALL_HINT)


def _on_machine() -> list[Path]:
    """Return the candidates on PATH; a snap is left out, since its confinement hides the run's profile."""
    found = [Path(path) for name in MACHINE_NAMES if (path := shutil.which(name))]
    return [
        path
        for path in found
        if not path.resolve().is_relative_to("/snap") and path.parent != Path("/snap/bin")
    ]


def _playwright_own() -> Path | None:
    """Ask in a process of its own: Playwright's sync API must not be started twice in one thread."""
    script = (
        "from playwright.sync_api import sync_playwright as start\n"
        "with start() as playwright: print(playwright.chromium.executable_path)"
    )
    answer = _output([sys.executable, "-c", script])
    return Path(answer) if answer and Path(answer).is_file() else None


def _ask(path: Path | None, source: Source) -> Browser | None:
    """Return the browser at `path` when it says its version, else None."""
    answer = _output([str(path), "--version"]) if path else ""
    match = re.search(r"^(?P<product>\D*?)\s*(?P<version>\d+(\.\d+){2,3})\b", answer, re.MULTILINE)
    if path is None or match is None:
        return None
    return Browser(path=path, product=match["product"], version=match["version"], source=source)


def _output(command: list[str]) -> str:
    """Return what `command` prints when it ends well in time, else nothing."""
    try:
        done = subprocess.run(  # noqa: S603 - programs found above, no shell
            command, capture_output=True, text=True, timeout=ANSWER_LIMIT_S, check=True, errors="replace"
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def trust_ca(home: Path, ca: Path) -> None:
    """Let a browser whose HOME is `home` trust the authorities in `ca`, for this run only.

    Args:
        home: A directory private to the run; its certificate database is made in it.
        ca: PEM file with one or more certificates.

    Raises:
        ConfigError: certutil is not installed, or `ca` holds no certificate that it accepts.
    """
    certutil = shutil.which("certutil")
    if certutil is None:
        raise ConfigError(
            "certutil, which adds an authority to Chromium's trust, is not installed",
            hint="run `make setup`, or install the package libnss3-tools",
        )
    certificates = _certificates(ca)
    database = home / ".pki" / "nssdb"
    database.mkdir(mode=0o700, parents=True, exist_ok=True)
    _certutil(ca, [certutil, "-N", "-d", f"sql:{database}", "--empty-password"])
    for number, pem in enumerate(certificates):
        add = [certutil, "-A", "-d", f"sql:{database}", "-n", f"pantau-{number}", "-t", "C,,", "-a"]
        _certutil(ca, add, pem)


def _certificates(ca: Path) -> list[str]:
    try:
        text = ca.read_text(encoding="ascii", errors="replace")
    except OSError as error:
        raise ConfigError(
            f"{ca}: {error.strerror}", hint="give --trust-ca a PEM file that can be read"
        ) from error
    found = re.findall(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n?", text, re.DOTALL)
    if not found:
        raise ConfigError(
            f"{ca} holds no PEM certificate", hint="convert it with `openssl x509 -outform pem`"
        )
    return found


def _certutil(ca: Path, command: list[str], pem: str = "") -> None:
    done = subprocess.run(command, input=pem, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    if done.returncode != 0:
        detail = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise ConfigError(
            f"certutil refused {ca}: {detail}", hint="check the file with `openssl x509 -text -in`"
        )


def wrapper(path: Path, *, browser: Path, pid_file: Path) -> Path:
    """Write a program to `path` that is `browser` on a leash, for Playwright's `executable_path`.

    The browser dies with the driver that started it and writes its process id to `pid_file` first.
    The id is that of its process group too, since Playwright's driver gives each browser its own.
    """
    leash = Path(__file__).with_name("leash.py")
    command = [sys.executable, "-ISs", str(leash), str(pid_file.absolute()), str(browser)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return path


def main() -> None:
    """Print the browser that a run would use; the set-up asks with it whether there is one."""
    try:
        found = find_browser()
    except ConfigError as error:
        sys.exit(f"{error}: {error.hint}")
    sys.stdout.write(f"{found.product} {found.version} {found.path}\n")


if __name__ == "__main__":
    main()
