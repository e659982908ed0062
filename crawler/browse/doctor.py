"""What a run needs of this machine, looked at one thing at a time; a check repairs nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import psutil
from pydantic import BaseModel, ConfigDict

from crawler.browse.chromium.program import Browser, find_browser
from crawler.errors import ConfigError
from crawler.lib.i18n import Language, translate

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Check", "examine", "leftovers"]

OLDEST_PYTHON = (3, 11)
LANGUAGES = ("ind", "eng")
START_LIMIT_S = 20.0
ANSWER_LIMIT_S = 20.0

# One stored run of seven stages took 0.3 GB at phone resolution (measured in November 2026); a page that
# streams without end may take ten times that before the memory watch ends it.
DISK_NEEDED_BYTES = 1 * 2**30
DISK_WANTED_BYTES = 5 * 2**30

PROFILE_MARK = re.compile(r"--user-data-dir=\S*/pantau-")
DRIVER_MARK = "run-driver"


Status = Literal["ok", "warning", "failed"]


class Check(BaseModel):
    """One thing that was looked at, in the words of one language.

    `fix` says what to do about it and is empty when all is well.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    status: Status
    what: str
    fix: str = ""


@dataclass(frozen=True)
class Result:
    """A check before it is put into words: message id of what was seen, and of the fix if one is needed."""

    name: str
    status: Status
    seen: str
    fix: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def examine(
    *,
    browser: str | None = None,
    out: Path = Path("snapshots"),
    zone: str = "Asia/Jakarta",
    lang: Language = "en",
) -> list[Check]:
    """Return every check, in the order in which a person would repair them.

    Args:
        browser: The browser that `--browser` names, if any.
        out: Where bundles are written; need not exist yet.
        zone: The time zone that pages are told.
        lang: The language of the sentences.
    """
    results = [
        _python(),
        _driver(),
        *_browser(browser),
        _certutil(),
        *_tesseract(),
        _fonts(),
        _disk(out),
        _writable(out),
        _zone(zone),
        _leftovers(),
    ]
    return [_in_words(result, lang) for result in results]


def _in_words(result: Result, lang: Language) -> Check:
    say = translate(lang)
    return Check(
        name=result.name,
        status=result.status,
        what=say(f"doctor.{result.seen}", **result.facts),
        fix=say(f"doctor.{result.fix}", **result.facts) if result.fix else "",
    )


def _python() -> Result:
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info < OLDEST_PYTHON:
        return Result("python", "failed", "python.old", "python.fix", {"version": version})
    return Result("python", "ok", "python.ok", facts={"version": version})


def _driver() -> Result:
    """Look whether the program through which Playwright drives a browser starts."""
    try:
        code, printed, complaint = _run([sys.executable, "-m", "playwright", "--version"], ANSWER_LIMIT_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Result("driver", "failed", "driver.broken", "setup.fix", {"problem": str(error)})
    if code != 0:
        return Result("driver", "failed", "driver.broken", "setup.fix", {"problem": _last_line(complaint)})
    return Result(
        "driver", "ok", "driver.ok", facts={"version": printed.split()[-1] if printed.split() else "?"}
    )


def _browser(explicit: str | None) -> Iterator[Result]:
    try:
        browser = find_browser(explicit)
    except ConfigError:
        named = explicit or os.environ.get("PANTAU_BROWSER", "")
        seen = "browser.named" if named else "browser.missing"
        yield Result("browser", "failed", seen, "browser.fix", {"path": named})
        return
    facts = {"product": browser.product, "version": browser.version, "path": str(browser.path)}
    yield Result("browser", "ok", "browser.ok", facts=facts)
    yield from _start(browser)


def _start(browser: Browser) -> Iterator[Result]:
    """Open an empty page without and, where the user may, with the sandbox."""
    problem = _open_empty_page(browser, "--no-sandbox")
    if problem:
        facts = {"problem": problem, "path": str(browser.path)}
        yield Result("browser-start", "failed", "browser-start.broken", "browser-start.fix", facts)
        return
    yield Result("browser-start", "ok", "browser-start.ok")
    yield _sandbox(browser)


def _sandbox(browser: Browser) -> Result:
    if os.geteuid() == 0:
        return Result("sandbox", "warning", "sandbox.root", "sandbox.root-fix")
    if problem := _open_empty_page(browser):
        return Result("sandbox", "failed", "sandbox.refused", "sandbox.refused-fix", {"problem": problem})
    return Result("sandbox", "ok", "sandbox.ok")


def _open_empty_page(browser: Browser, *switches: str) -> str:
    """Return what went wrong, in the browser's own words where it has some, or nothing."""
    with tempfile.TemporaryDirectory(prefix="probe-", ignore_cleanup_errors=True) as home:
        command = [
            str(browser.path),
            "--headless",
            "--disable-gpu",
            "--disable-background-networking",
            "--no-first-run",
            *switches,
            f"--user-data-dir={home}/profile",
            "--dump-dom",
            "about:blank",
        ]
        try:
            code, printed, complaint = _run(command, START_LIMIT_S, {**os.environ, "HOME": home})
        except subprocess.TimeoutExpired:
            return f"no page within {START_LIMIT_S:.0f} s"
        except OSError as error:
            return str(error.strerror)
    if "<body>" in printed:
        return ""
    return f"exit code {code}: {_last_line(complaint)}"


def _run(command: list[str], limit_s: float, env: dict[str, str] | None = None) -> tuple[int, str, str]:
    """Run a program in a group of its own; when the time is over the whole group goes."""
    with subprocess.Popen(  # noqa: S603 - programs found on this machine, no shell
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=env,
        start_new_session=True,
    ) as process:
        try:
            printed, complaint = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            raise
    return process.returncode, printed, complaint


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "-"


def _certutil() -> Result:
    if path := shutil.which("certutil"):
        return Result("certutil", "ok", "certutil.ok", facts={"path": path})
    return Result("certutil", "warning", "certutil.missing", "certutil.fix")


def _tesseract() -> Iterator[Result]:
    path = shutil.which("tesseract")
    if path is None:
        yield Result("tesseract", "failed", "tesseract.missing", "tesseract.fix")
        return
    try:
        _, version, _ = _run([path, "--version"], ANSWER_LIMIT_S)
        _, listed, _ = _run([path, "--list-langs"], ANSWER_LIMIT_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        yield Result("tesseract", "failed", "tesseract.broken", "tesseract.fix", {"problem": str(error)})
        return
    yield Result("tesseract", "ok", "tesseract.ok", facts={"version": (version.splitlines() or ["?"])[0]})
    missing = [language for language in LANGUAGES if language not in listed.split()]
    if missing:
        facts = {"languages": " ".join(missing)}
        yield Result("ocr-languages", "failed", "ocr-languages.missing", "tesseract.fix", facts)
    else:
        yield Result("ocr-languages", "ok", "ocr-languages.ok", facts={"languages": " ".join(LANGUAGES)})


def _fonts() -> Result:
    lister = shutil.which("fc-list")
    if lister is None:
        return Result("fonts", "warning", "fonts.unknown", "fonts.fix")
    try:
        _, listed, _ = _run([lister, ":lang=id", "family"], ANSWER_LIMIT_S)
    except (OSError, subprocess.TimeoutExpired):
        return Result("fonts", "warning", "fonts.unknown", "fonts.fix")
    families = {line.split(",")[0].strip() for line in listed.splitlines() if line.strip()}
    if not families:
        return Result("fonts", "failed", "fonts.none", "fonts.fix")
    return Result("fonts", "ok", "fonts.ok", facts={"count": len(families)})


def _disk(out: Path) -> Result:
    free_bytes = shutil.disk_usage(_nearest(out)).free
    facts = {"free": f"{free_bytes / 2**30:.1f} GiB", "path": str(out)}
    if free_bytes < DISK_NEEDED_BYTES:
        return Result("disk", "failed", "disk.free", "disk.fix", facts)
    if free_bytes < DISK_WANTED_BYTES:
        return Result("disk", "warning", "disk.free", "disk.fix", facts)
    return Result("disk", "ok", "disk.free", facts=facts)


def _writable(out: Path) -> Result:
    folder = _nearest(out)
    try:
        with tempfile.TemporaryFile(dir=folder):
            return Result("output", "ok", "output.ok", facts={"path": str(out)})
    except OSError as error:
        facts = {"path": str(folder), "problem": error.strerror}
        return Result("output", "failed", "output.refused", "output.fix", facts)


def _nearest(folder: Path) -> Path:
    """Return `folder`, or the nearest folder above it that exists."""
    absolute = folder.absolute()
    return next(place for place in (absolute, *absolute.parents) if place.is_dir())


def _zone(zone: str) -> Result:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return Result("zone", "failed", "zone.unknown", "zone.fix", {"zone": zone})
    return Result("zone", "ok", "zone.ok", facts={"zone": zone})


def _leftovers() -> Result:
    found = leftovers()
    if not found:
        return Result("leftovers", "ok", "leftovers.none")
    facts = {"count": len(found), "ids": " ".join(str(process.pid) for process in found)}
    return Result("leftovers", "warning", "leftovers.some", "leftovers.fix", facts)


def leftovers() -> list[psutil.Process]:
    """Return the main processes of Pantau's browsers that no Playwright driver holds any more."""
    return [process for process in psutil.process_iter() if _is_ours(process) and not _is_driven(process)]


def _is_ours(process: psutil.Process) -> bool:
    command = _command(process)
    return bool(PROFILE_MARK.search(command)) and "--type=" not in command


def _is_driven(process: psutil.Process) -> bool:
    try:
        return any(DRIVER_MARK in _command(parent) for parent in process.parents())
    except psutil.Error:
        return True  # it ended while it was looked at


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
