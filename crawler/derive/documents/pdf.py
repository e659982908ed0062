"""The text of a PDF, read by pypdf in a bounded process."""

from __future__ import annotations

import io
import json

from crawler.derive.documents import bounded
from crawler.model.evidence import Record

MAX_PAGES = 60
MAX_PAGE_CHARS = 40_000


class PdfText(Record):
    """What a PDF says: its title, then page by page. `bare` counts pages without any text: pictures, maybe.

    `whole` is false where there were more pages or longer ones than are read.
    """

    texts: tuple[str, ...]
    pages: int
    bare: int
    whole: bool


def read_pdf(data: bytes) -> PdfText:
    """Return the text of a PDF.

    Raises:
        DocumentUnreadable: it is no PDF, is locked or damaged, or takes too long or too much memory.
    """
    return PdfText.model_validate_json(bounded.run(__name__, data))


def text_of(data: bytes) -> bytes:
    """Return a `PdfText` as JSON; whatever pypdf raises is raised."""
    from pypdf import PdfReader  # noqa: PLC0415 - of the bounded process only

    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise ValueError("it is locked by a password")
    count = len(reader.pages)
    pages = [reader.pages[number].extract_text() for number in range(min(count, MAX_PAGES))]
    title = (reader.metadata.title if reader.metadata else None) or ""
    said = {
        "texts": [title[:MAX_PAGE_CHARS], *(page[:MAX_PAGE_CHARS] for page in pages)],
        "pages": count,
        "bare": sum(not page.strip() for page in pages),
        "whole": count <= MAX_PAGES and all(len(page) <= MAX_PAGE_CHARS for page in pages),
    }
    return json.dumps(said).encode()


if __name__ == "__main__":
    bounded.serve(text_of)
