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
import ipaddress
import json
import re
import shutil
import tempfile
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urldefrag

from wacz.main import main as make_wacz
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler import __version__
from crawler.derive.reading import reading_of
from crawler.errors import ReportError
from crawler.store import layout
from crawler.store.beside import keep_written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from crawler.derive.network.ledger import Entry, Ledger
    from crawler.model.evidence import Request, Response
    from crawler.store.bundle import Bundle

NAME = "pages.wacz"
# The body is kept decoded and whole, so these would be untrue of it.
_OF_THE_WIRE = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_NOT_IN_A_LINE = re.compile(r"[^\x21-\x7e]")
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9!#$%&'*+.^_`|~-]")  # Source: RFC 9110, 5.6.2 (token)
CONTACTS = "urn:pantau:contacts"


def write_wacz(bundle: Bundle, *, root: Path | None = None) -> Path:
    """Write `report/pages.wacz` into the bundle's folder, outside its seal, or into `root`.

    Raises:
        BundleCorrupt: the bundle is not what its seal says.
        ReportError: nothing was kept that could be replayed, or the file cannot be written.
    """
    book = reading_of(bundle).ledger
    with tempfile.TemporaryDirectory(prefix="pantau-wacz-") as folder:
        work = Path(folder)
        count = _warc(work / "data.warc.gz", bundle, book)
        if not count:
            raise ReportError(f"The bundle {bundle.root} kept no body that could be replayed.")
        _package(work, bundle, list(_pages(bundle, book)))

        def copy(file: BinaryIO) -> None:
            with (work / NAME).open("rb") as source:
                shutil.copyfileobj(source, file)

        return keep_written(root or bundle.root, layout.REPORT, NAME, copy)


def _warc(path: Path, bundle: Bundle, book: Ledger) -> int:
    """Write request and response of everything whose body was kept whole; return how many."""
    count = 0
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        about = {
            "software": f"Pantau {__version__}",
            "isPartOf": _line(bundle.run.run_id),
            "description": bundle.seal,
        }
        writer.write_record(writer.create_warcinfo_record(path.name, about))
        _contacts(writer, bundle, book)
        for entry, request, response in book.exchanges:
            if request and response and _replays(request, response):
                _records(writer, bundle, entry, request, response)
                count += 1
    return count


def _contacts(writer: Any, bundle: Bundle, book: Ledger) -> None:
    """Write a record of every host that was contacted: most have nothing that could be replayed."""
    hosts: dict[str, dict[str, Any]] = {}
    for entry in book.entries:
        if entry.host and (entry.aside or (entry.contacted and not entry.own)):
            told = hosts.setdefault(entry.host, {"host": entry.host, "visits": [], "without_request": True})
            told["visits"] = sorted({*told["visits"], entry.visit})
            told["without_request"] = told["without_request"] and entry.aside
    text = json.dumps({"run": bundle.run.run_id, "contacted": sorted(hosts.values(), key=_host_of)}, indent=1)
    record = writer.create_warc_record(
        CONTACTS, "resource", payload=io.BytesIO(text.encode()), warc_content_type="application/json",
        warc_headers_dict={"WARC-Date": bundle.run.started},
    )  # fmt: skip
    writer.write_record(record)


def _host_of(told: dict[str, Any]) -> str:
    return str(told["host"])


def _replays(request: Request, response: Response) -> bool:
    """Say whether an answer can be given again: whole, or none because it leads on."""
    kept = response.body.state == "stored" or (response.status or 0) in range(300, 400)
    return kept and response.status is not None and request.url.startswith(("http://", "https://"))


def _records(writer: Any, bundle: Bundle, entry: Entry, request: Request, response: Response) -> None:
    stored = response.body.sha256_stored
    payload = bundle.blob(stored) if stored else b""
    dated = {"WARC-Date": entry.time, **_ip(entry)}
    headers = [each for each in _lines(response.headers) if each[0].lower() not in _OF_THE_WIRE]
    headers.append(("content-length", str(len(payload))))
    url = _address(request.url)
    answer = writer.create_warc_record(
        url, "response", payload=io.BytesIO(payload), warc_headers_dict=dated,
        http_headers=StatusAndHeaders(_status(response.status or 0), headers, protocol="HTTP/1.1"),
    )  # fmt: skip
    asked = writer.create_warc_record(
        url, "request", warc_headers_dict=dated,
        http_headers=StatusAndHeaders(
            f"{_token(request.method)} {_target(url)} HTTP/1.1", list(_lines(request.headers)),
            is_http_request=True
        ),
    )  # fmt: skip
    writer.write_request_response_pair(asked, answer)


def _ip(entry: Entry) -> dict[str, str]:
    """Return the address of the server for a record; nothing where it is none."""
    try:
        return {"WARC-IP-Address": str(ipaddress.ip_address(entry.address.ip))} if entry.address else {}
    except ValueError:
        return {}


def _lines(headers: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield header lines as a file of lines can hold them: other characters are percent-encoded."""
    for name, value in headers.items():
        if name:
            yield _token(name), _line(value)


def _line(text: str) -> str:
    """Return text for a line of headers: ASCII, one line, nothing that a terminal obeys."""
    return " ".join(_address(word) for word in text.split(" ")).strip()


def _token(text: str) -> str:
    return _NOT_IN_A_NAME.sub(_encoded, text)


def _address(text: str) -> str:
    return _NOT_IN_A_LINE.sub(_encoded, text)


def _encoded(match: re.Match[str]) -> str:
    return quote(match.group(), safe="", errors="replace")


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
    told: set[str] = set()
    for entry, request, response in book.exchanges:
        if not request or urldefrag(request.url).url not in titles or request.url in told:
            continue
        if response and response.body.state == "stored":
            told.add(request.url)
            title = titles[urldefrag(request.url).url]
            yield {"url": _address(request.url), "ts": entry.time, "title": title or request.url}


def _package(work: Path, bundle: Bundle, pages: list[dict[str, str]]) -> None:
    head = {"format": "json-pages-1.0", "id": "pages", "title": bundle.run.run_id}
    listed = work / "pages.jsonl"
    listed.write_text("".join(json.dumps(row) + "\n" for row in (head, *pages)), encoding="utf-8")
    # An option and what it is given are one word each: a run may be called --extra.
    arguments = ["create", "-o", str(work / NAME), "-c", "-p", str(listed), f"--title={bundle.run.run_id}"]
    first = [f"--url={pages[0]['url']}"] if pages else []
    with contextlib.redirect_stdout(
        io.StringIO()
    ):  # the package talks, and repeats what pages call themselves
        failed = make_wacz([*arguments, *first, str(work / "data.warc.gz")])
    if failed or not (work / NAME).is_file():
        raise ReportError(f"The WACZ of {bundle.root} could not be put together.")
