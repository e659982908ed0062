"""Files that a journey downloads, kept as they came: an invoice as PDF, an e-mail, a form.

The browser puts them into the run's private folder and tells how far it is. A file that is too large or one
too many is stopped, and one that does not end in time is let go: each leaves a line that says so.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Error as PlaywrightError

from crawler.collect.plain import storable
from crawler.model.evidence import Artifact, ArtifactKind, CollectorFailure, DownloadRecord

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import BrowserContext, CDPSession

    from crawler.lib.redact import Redactor
    from crawler.store.writer import BundleWriter

COLLECTOR = "downloads"
MAX_BYTES = 20 * 2**20  # of one file
MAX_OF_VISIT = 20
MAX_OF_RUN = 100
WAIT_S = 3.0  # for a file that is still coming when its visit ends
STEP_MS = 50.0
_SUFFIX = re.compile(r"\.([a-z0-9]{1,5})$")


@dataclass
class _Download:
    visit: int
    guid: str
    url: str
    name: str
    state: str = "inProgress"
    bytes: int = 0
    stopped: str = ""


class Downloads:
    """Listens to a browser for what it downloads.

    Args:
        folder: Private to the run; the browser writes into it.
        visit: Returns the ordinal of the present visit.
    """

    def __init__(self, folder: Path, visit: Callable[[], int]) -> None:
        self._folder, self._visit = folder, visit
        self._session: CDPSession | None = None
        self._begun: dict[str, _Download] = {}
        self._count = 0
        self._problem = "the browser does not tell of downloads"

    def attach(self, context: BrowserContext) -> None:
        """Let the browser keep downloads and tell of them. Where it cannot, every visit says so."""
        self._folder.mkdir(exist_ok=True)
        browser = context.browser
        if browser is None:
            return
        try:
            session = browser.new_browser_cdp_session()
            session.on("Browser.downloadWillBegin", self._on_begin)
            session.on("Browser.downloadProgress", self._on_progress)
            orders = {"behavior": "allowAndName", "downloadPath": str(self._folder), "eventsEnabled": True}
            session.send("Browser.setDownloadBehavior", orders)
        except PlaywrightError as error:
            self._problem = error.message.splitlines()[0]
            return
        self._session, self._problem = session, ""

    def wait(self, visit: int, pump: Callable[[float], object]) -> None:
        """Let what a visit began come to its end, for a short time.

        Args:
            visit: Ordinal of the visit.
            pump: Lets events through for so many ms.
        """
        until = time.monotonic() + WAIT_S
        while time.monotonic() < until and any(each.state == "inProgress" for each in self._of(visit)):
            pump(STEP_MS)

    def take(
        self, visit: int, folder: str, writer: BundleWriter, redactor: Redactor
    ) -> tuple[tuple[Artifact, ...], tuple[CollectorFailure, ...]]:
        """Put the files of a visit into its folder of the bundle, with `downloads.json` where there were any.

        Raises:
            CaptureError: the disk does not take the evidence.
        """
        if self._problem:
            facts = {"collector": COLLECTOR, "page": 1, "error": "CollectorError"}
            return (), (CollectorFailure(message=self._problem, **facts),)
        artifacts: list[Artifact] = []
        records: list[DownloadRecord] = []
        for number, download in enumerate(self._of(visit), 1):
            self._stop(download, "unfinished")
            record, data = self._ended(download, redactor)
            if data is not None:
                path = f"{folder}/download-{number:02d}.{_suffix(download.name)}"
                artifacts.append(_added(writer, "download", path, data, visit))
                record = record.model_copy(update={"path": path, "bytes": len(data)})
            records.append(record)
        if records:
            lines = b",\n".join(record.model_dump_json().encode() for record in records)
            listed = b"[\n" + lines + b"\n]\n"
            artifacts.append(_added(writer, "downloads", f"{folder}/downloads.json", listed, visit))
        return tuple(artifacts), ()

    def _of(self, visit: int) -> list[_Download]:
        """Return what began at a visit, or after an earlier one had been taken."""
        return [each for each in self._begun.values() if each.visit <= visit]

    def _on_begin(self, event: dict[str, Any]) -> None:
        visit = max(1, self._visit())
        download = _Download(visit, event["guid"], event.get("url", ""), event.get("suggestedFilename", ""))
        self._count += 1
        too_many = len(self._of(visit)) >= MAX_OF_VISIT or self._count > MAX_OF_RUN
        self._begun[download.guid] = download
        if too_many:
            self._stop(download, "too many")

    def _on_progress(self, event: dict[str, Any]) -> None:
        download = self._begun.get(event["guid"])
        if download is None:
            return
        download.bytes, download.state = int(event.get("receivedBytes", 0)), event.get("state", "")
        if max(download.bytes, int(event.get("totalBytes", 0))) > MAX_BYTES:
            self._stop(download, "too large")

    def _stop(self, download: _Download, why: str) -> None:
        """Let go of a download that has not ended; one that has is left alone, unless it is too large."""
        if download.stopped or (download.state != "inProgress" and why != "too large"):
            return
        download.stopped = why
        if self._session and download.state == "inProgress":
            try:
                self._session.send("Browser.cancelDownload", {"guid": download.guid})
            except PlaywrightError:
                return  # it ended, or the browser is gone, just now

    def _ended(self, download: _Download, redactor: Redactor) -> tuple[DownloadRecord, bytes | None]:
        """Return the line of a download, and its file if it is to be kept; the private copy is removed."""
        del self._begun[download.guid]
        source = self._folder / download.guid
        record = DownloadRecord(
            url=storable(redactor.url(download.url), 2_000),
            name=storable(redactor.text(download.name), 300),
            bytes=download.bytes,
            state="kept",
        )
        ended = download.state == "completed"
        try:
            if download.stopped or not ended or source.stat().st_size > MAX_BYTES:
                state = download.stopped or ("too large" if ended else "cancelled")
                return record.model_copy(update={"state": state}), None
            return record, source.read_bytes()
        except OSError as error:
            why = {"state": "unreadable", "why": type(error).__name__}
            return record.model_copy(update=why), None
        finally:
            source.unlink(missing_ok=True)


def _suffix(name: str) -> str:
    found = _SUFFIX.search(name.lower())
    return found[1] if found else "bin"


def _added(writer: BundleWriter, kind: ArtifactKind, path: str, data: bytes, visit: int) -> Artifact:
    digest = writer.add(path, data, kind=kind, visit=visit, page=1)
    return Artifact(kind=kind, path=path, page=1, sha256=digest, bytes=len(data))
