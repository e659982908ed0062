"""Documents that a journey got beside its pages: downloads, e-mails, and HTML that scripts fetched.

What was answered and is not there to be read leaves a record that says so, so that a document that nobody
looked at is never taken for one that says nothing.
"""

from __future__ import annotations

import email
import email.policy
from email.errors import MessageError
from typing import TYPE_CHECKING, Literal

from crawler.derive.cache import cached
from crawler.derive.documents import markup, pdf
from crawler.errors import DocumentUnreadable
from crawler.model.evidence import DownloadRecord, Record
from crawler.store import layout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

    from crawler.model.evidence import Request, Response, Visit
    from crawler.store.bundle import Bundle

VERSION = 1  # raise it whenever the same file may give other texts
MAX_DOCUMENTS = 200  # of one visit
MAX_TEXT_CHARS = 200_000
MAX_PARTS = 50  # of one e-mail
PDF, MAIL, HTML = "application/pdf", "message/rfc822", "text/html"
# For a PDF that it displays, Chromium returns its viewer's HTML: only these bytes near the start make one.
PDF_HEAD = b"%PDF-"
PDF_HEAD_WITHIN = 1_024
_SUFFIXES = {"pdf": PDF, "eml": MAIL, "html": HTML, "htm": HTML, "txt": "text/plain", "csv": "text/plain"}
_SCRIPTED = ("fetch", "xhr")

How = Literal["download", "fetched"]


class Document(Record):
    """One document: how it came, from where, its file in the bundle, and what it says, part by part.

    `status` is `read` only if all of it was read; `partly` where pages are pictures or there was too much;
    `failed` where it is not there or broken, with the kind of error and why. What is of a kind that holds no
    text for people, such as an archive, is `unknown`.
    """

    how: How
    url: str
    name: str = ""
    path: str = ""
    texts: tuple[str, ...] = ()
    status: Literal["read", "partly", "failed", "unknown"]
    error: str = ""
    message: str = ""


class _Texts(Record):
    """What one file says, as it is kept."""

    texts: tuple[str, ...]
    status: Literal["read", "partly", "failed", "unknown"]
    error: str = ""
    message: str = ""


def documents_of_visit(
    bundle: Bundle, visit: Visit, requests: tuple[Request, ...], responses: dict[str, Response]
) -> tuple[Document, ...]:
    """Return the documents of a visit, each address once.

    Args:
        bundle: The sealed bundle.
        visit: The visit.
        requests: All requests of the run.
        responses: How they ended, by request id.

    Raises:
        BundleCorrupt: the list of downloads is none.
    """
    found = {document.url: document for document in _downloads(bundle, visit)}
    for request in requests:
        response = responses.get(request.id)
        if request.visit == visit.ordinal and response and len(found) < MAX_DOCUMENTS:
            document = _answered(bundle, request, response)
            if document and request.url not in found:
                found[request.url] = document
    return tuple(found.values())


def _downloads(bundle: Bundle, visit: Visit) -> Iterator[Document]:
    listed = next(iter(visit.artifacts_of("downloads")), None)
    for record in bundle.records(listed.path, DownloadRecord) if listed else ():
        if record.state != "kept":
            yield Document(
                how="download", url=record.url, name=record.name, status="failed", error=record.state
            )
            continue
        said = _texts_in(bundle, record.path, _SUFFIXES.get(record.path.rpartition(".")[2], ""))
        facts = said.model_dump()
        yield Document(how="download", url=record.url, name=record.name, path=record.path, **facts)


def _answered(bundle: Bundle, request: Request, response: Response) -> Document | None:
    """Return the document that a request was answered with; None if it is a page or data of its scripts."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    attached = response.headers.get("content-disposition", "").strip().lower().startswith("attachment")
    fragment = kind == HTML and request.type in _SCRIPTED
    if not (kind in (PDF, MAIL) or attached or fragment) or not 200 <= (response.status or 0) < 300:
        return None
    how: How = "fetched" if request.type in _SCRIPTED and kind == HTML and not attached else "download"
    state = response.body.state
    kept = response.body.sha256_stored if state == "stored" else None
    if kept is None:
        error = "not kept" if state in ("none", "stored") else state
        return Document(how=how, url=request.url, status="failed", error=error, message=response.body.why)
    path = layout.blob(kept)
    if kind == PDF and PDF_HEAD not in bundle.read(path)[:PDF_HEAD_WITHIN]:
        return Document(how=how, url=request.url, status="failed", error="shown by the browser")
    return Document(how=how, url=request.url, path=path, **_texts_in(bundle, path, kind).model_dump())


def _texts_in(bundle: Bundle, path: str, kind: str) -> _Texts:
    """Return what a file of a kind says, from the cache if it was read before."""
    inputs = {"version": str(VERSION), "file": bundle.sha256(path), "kind": kind}
    return cached(bundle, "documents", inputs, _Texts, lambda: read_file(bundle.read(path), kind))


def read_file(data: bytes, kind: str) -> _Texts:
    """Return what a file says; what cannot be read becomes a record of why."""
    try:
        if kind == PDF or data.startswith(PDF_HEAD):
            return _pdf(data)
        if kind == MAIL:
            return _mail(data)
    except DocumentUnreadable as error:
        return _Texts(texts=(), status="failed", error=type(error).__name__, message=error.message)
    if kind == HTML:
        return _bounded([markup.plain_text(data.decode("utf-8", "replace"))])
    if kind == "text/plain":
        return _bounded([data.decode("utf-8", "replace")])
    return _Texts(texts=(), status="unknown")


def _pdf(data: bytes) -> _Texts:
    said = pdf.read_pdf(data)
    if said.bare:
        message = f"{said.bare} of {said.pages} pages hold no text"
        return _Texts(texts=said.texts, status="partly", error="no text", message=message)
    return _Texts(
        texts=said.texts, status="read" if said.whole else "partly", error="" if said.whole else "cut"
    )


def _mail(data: bytes) -> _Texts:
    try:
        message: EmailMessage = email.message_from_bytes(data, policy=email.policy.default)
        texts = [str(message.get("subject", "")), str(message.get("from", ""))]
        parts = [part for part in message.walk() if part.get_content_maintype() == "text"]
        for part in parts[:MAX_PARTS]:
            content = str(part.get_content())
            texts.append(markup.plain_text(content) if part.get_content_subtype() == "html" else content)
    except (MessageError, LookupError, ValueError, TypeError, AttributeError, IndexError) as error:
        raise DocumentUnreadable(f"An e-mail cannot be read: {type(error).__name__}.") from error
    return _bounded(texts, whole=len(parts) <= MAX_PARTS)


def _bounded(texts: list[str], *, whole: bool = True) -> _Texts:
    whole = whole and all(len(text) <= MAX_TEXT_CHARS for text in texts)
    kept = tuple(text[:MAX_TEXT_CHARS] for text in texts)
    return _Texts(texts=kept, status="read" if whole else "partly", error="" if whole else "cut")
