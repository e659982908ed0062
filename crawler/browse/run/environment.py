"""What machine and tools made a bundle."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

from crawler import __version__

_ASK_S = 10


def describe() -> dict[str, Any]:
    """Return the facts of `Environment` that do not depend on the browser."""
    fonts = _fonts()
    return {
        "tool": f"pantau {__version__}",
        "commit": _commit(),
        "python": platform.python_version(),
        "os": f"{platform.system()} {platform.release()}; {_distribution()}",
        "playwright": metadata.version("playwright"),
        "fonts_sha256": hashlib.sha256("\n".join(fonts).encode()).hexdigest() if fonts else None,
        "font_count": len(fonts) if fonts else None,
        "ocr": _first(_ask("tesseract", "--version")),
        "ocr_languages": tuple(_ask("tesseract", "--list-langs")[1:]),
        "proxy": _proxy(),
    }


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sandboxed() -> bool:
    """Say whether Chromium runs in its sandbox: it does unless it runs as root."""
    return os.geteuid() != 0


def _ask(*command: str) -> list[str]:
    """Return the lines a program prints, or none where it is not there or does not answer."""
    program = shutil.which(command[0])
    if program is None:
        return []
    try:
        done = subprocess.run(  # noqa: S603 - a fixed list of programs
            [program, *command[1:]], capture_output=True, timeout=_ASK_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return done.stdout.decode(errors="replace").splitlines() if done.returncode == 0 else []


def _first(lines: list[str]) -> str | None:
    return lines[0] if lines else None


def _fonts() -> list[str]:
    return sorted(_ask("fc-list", "--format", "%{family}|%{style}|%{fontversion}\n"))


def _commit() -> str | None:
    root = Path(__file__).resolve().parents[3]
    if not (root / ".git").exists():
        return None
    return _first(_ask("git", "-C", str(root), "rev-parse", "HEAD"))


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        return ""


def _proxy() -> str | None:
    """Name the kind of proxy the machine sets, without its address, which may carry a password."""
    names = [name for name in ("https_proxy", "http_proxy", "all_proxy") if os.environ.get(name)]
    return f"set by {', '.join(names)}" if names else None
