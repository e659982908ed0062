"""The pages of a run as a WACZ that replays: what was kept of documents, scripts and data.

Pictures, fonts and style sheets are not kept as bodies, so a replayed page shows words and runs its
scripts; how it looked is in the screenshots. Bodies are the redacted ones, and so is what a script finds in
them.

Source: WACZ 1.1.1 (specs.webrecorder.net), WARC 1.1 (ISO 28500:2017); written with warcio and the wacz
package.
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import sys
import tempfile
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag

from wacz.main import main as make_wacz
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler import __version__
from crawler.derive import ledger
from crawler.errors import ReportError
from crawler.store.beside import keep_written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from crawler.derive.ledger import Entry, Ledger
    from crawler.model.evidence import Request, Response
    from crawler.store.bundle import Bundle

NAME = "pages.wacz"
# The body is kept decoded and whole, so these would be untrue of it.
_OF_THE_WIRE = frozenset({"content-encoding", "content-length", "transfer-encoding"})


def write_wacz(bundle: Bundle) -> Path:
    """Write `report/pages.wacz` into the bundle's folder, outside its seal.

    Raises:
        BundleCorrupt: the bundle is not what its seal says.
        ReportError: nothing was kept that could be replayed, or the file cannot be written.
    """
    book = ledger.of(bundle)
    with tempfile.TemporaryDirectory(prefix="pantau-wacz-") as folder:
        work = Path(folder)
        count = _warc(work / "data.warc.gz", bundle, book)
        if not count:
            raise ReportError(f"The bundle {bundle.root} kept no body that could be replayed.")
        _package(work, bundle, list(_pages(bundle, book)))

        def copy(file: BinaryIO) -> None:
            with (work / NAME).open("rb") as source:
                shutil.copyfileobj(source, file)

        return keep_written(bundle.root, "report", NAME, copy)


def _warc(path: Path, bundle: Bundle, book: Ledger) -> int:
    """Write request and response of everything whose body was kept whole; return how many."""
    requests = {request.id: request for request in book.requests}
    count = 0
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        about = {
            "software": f"Pantau {__version__}",
            "isPartOf": bundle.run.run_id,
            "description": bundle.seal,
        }
        writer.write_record(writer.create_warcinfo_record(path.name, about))
        for entry in book.entries:
            request, response = requests.get(entry.id), book.responses.get(entry.id)
            if request and response and _replays(request, response):
                _records(writer, bundle, entry, request, response)
                count += 1
    return count


def _replays(request: Request, response: Response) -> bool:
    """Say whether an answer can be given again: whole, or none because it leads on."""
    kept = response.body.state == "stored" or (response.status or 0) in range(300, 400)
    return kept and response.status is not None and request.url.startswith(("http://", "https://"))


def _records(writer: Any, bundle: Bundle, entry: Entry, request: Request, response: Response) -> None:
    stored = response.body.sha256_stored
    payload = bundle.read(f"data/blobs/{stored}") if stored else b""
    dated = {"WARC-Date": entry.time, **({"WARC-IP-Address": entry.address.ip} if entry.address else {})}
    headers = [(name, value) for name, value in response.headers.items() if name not in _OF_THE_WIRE]
    headers.append(("content-length", str(len(payload))))
    answer = writer.create_warc_record(
        request.url, "response", payload=io.BytesIO(payload), warc_headers_dict=dated,
        http_headers=StatusAndHeaders(_status(response.status or 0), headers, protocol="HTTP/1.1"),
    )  # fmt: skip
    asked = writer.create_warc_record(
        request.url, "request", warc_headers_dict=dated,
        http_headers=StatusAndHeaders(
            f"{request.method} {_target(request.url)} HTTP/1.1", list(request.headers.items()),
            is_http_request=True
        ),
    )  # fmt: skip
    writer.write_request_response_pair(asked, answer)


def _target(url: str) -> str:
    return "/" + url.partition("://")[2].partition("/")[2].partition("#")[0]


def _status(code: int) -> str:
    return f"{code} {HTTPStatus(code).phrase}" if code in HTTPStatus._value2member_map_ else f"{code} -"


def _pages(bundle: Bundle, book: Ledger) -> Iterator[dict[str, str]]:
    """Yield the main document of each visit whose body was kept."""
    titles = {
        urldefrag(url).url: visit.pages[0].title if visit.pages else ""
        for visit in bundle.run.visits
        for url in visit.urls
    }
    kept = {request.id: request for request in book.requests if urldefrag(request.url).url in titles}
    told: set[str] = set()
    for entry in book.entries:
        request, response = kept.get(entry.id), book.responses.get(entry.id)
        if request and response and response.body.state == "stored" and request.url not in told:
            told.add(request.url)
            title = titles[urldefrag(request.url).url]
            yield {"url": request.url, "ts": entry.time, "title": title or request.url}


def _package(work: Path, bundle: Bundle, pages: list[dict[str, str]]) -> None:
    head = {"format": "json-pages-1.0", "id": "pages", "title": bundle.run.run_id}
    listed = work / "pages.jsonl"
    listed.write_text("".join(json.dumps(row) + "\n" for row in (head, *pages)), encoding="utf-8")
    arguments = ["create", "-o", str(work / NAME), "-c", "-p", str(listed), "--title", bundle.run.run_id]
    first = ["--url", pages[0]["url"]] if pages else []
    with contextlib.redirect_stdout(sys.stderr):  # the package talks; results alone go to standard output
        failed = make_wacz([*arguments, *first, str(work / "data.warc.gz")])
    if failed or not (work / NAME).is_file():
        raise ReportError(f"The WACZ of {bundle.root} could not be put together.")
