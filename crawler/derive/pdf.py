"""The text of a PDF, read by pypdf in a process of its own, which is bounded in time, memory and size.

A PDF is a program of a stranger's: one that loops, swells or breaks ends its reader, not the judgement. Run
as a module it reads a file from standard input and prints what it says as JSON.
"""

from __future__ import annotations

import io
import json
import resource
import subprocess
import sys
from typing import Any

from crawler.errors import DocumentUnreadable
from crawler.model.evidence import Record

MAX_BYTES = 20 * 2**20
MAX_PAGES = 60
MAX_PAGE_CHARS = 40_000
CPU_S, WALL_S = 20, 60
MEMORY_BYTES = 2**30
_EDGE = 300  # characters of what a broken reader said


class PdfText(Record):
    """What a PDF says: its title, then page by page. `bare` counts pages without any text: pictures, maybe.

    `whole` is false where there were more pages or longer ones than are read.
    """

    texts: tuple[str, ...]
    pages: int
    bare: int
    whole: bool


def read(data: bytes) -> PdfText:
    """Return the text of a PDF.

    Raises:
        DocumentUnreadable: it is no PDF, is locked or damaged, or takes too long or too much memory.
    """
    if len(data) > MAX_BYTES:
        raise DocumentUnreadable(f"A PDF of {len(data)} bytes is too large to be read.")
    try:
        done = subprocess.run(  # noqa: S603 - our own module, by our own interpreter
            [sys.executable, "-I", "-m", __name__],
            input=data,
            capture_output=True,
            timeout=WALL_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DocumentUnreadable(f"A PDF was not read within {WALL_S} s.") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        why = said[-1][:_EDGE] if said else f"its reader ended with {done.returncode}"
        raise DocumentUnreadable(f"A PDF cannot be read: {why}.")
    return PdfText.model_validate_json(done.stdout)


def text_of(data: bytes) -> dict[str, Any]:
    """Return the fields of `PdfText`; whatever pypdf raises is raised."""
    from pypdf import PdfReader  # noqa: PLC0415 - of the bounded process only

    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise ValueError("it is locked by a password")
    count = len(reader.pages)
    pages = [reader.pages[number].extract_text() for number in range(min(count, MAX_PAGES))]
    title = (reader.metadata.title if reader.metadata else None) or ""
    return {
        "texts": [title[:MAX_PAGE_CHARS], *(page[:MAX_PAGE_CHARS] for page in pages)],
        "pages": count,
        "bare": sum(not page.strip() for page in pages),
        "whole": count <= MAX_PAGES and all(len(page) <= MAX_PAGE_CHARS for page in pages),
    }


def main() -> None:
    """Read standard input within bounds and print what it says."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    said = json.dumps(text_of(sys.stdin.buffer.read(MAX_BYTES + 1)))
    sys.stdout.buffer.write(said.encode("utf-8", "replace"))


if __name__ == "__main__":
    main()
