"""Where everything lies in the folder of a run: what the seal covers under `data/`, and what lies beside it.

`verify.py` travels with every bundle and stands on nothing of Pantau's: what it names is named there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.store.verify import CHAIN, PAYLOAD_PATH, RUN, TAG_FILES

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.model.scenario import Stage

__all__ = ["CHAIN", "RUN", "TAG_FILES"]  # and all that is named here

PAYLOAD = "data"
SCENARIO = "data/scenario.py"
REQUESTS = "data/requests.jsonl"
RESPONSES = "data/responses.jsonl"
REFUSALS = "data/refusals.jsonl"
CHANGES = "data/changes.jsonl"
STREAMS = (REQUESTS, RESPONSES, REFUSALS, CHANGES)  # written line by line while the run goes on
NETLOG = "data/netlog.json.gz"
NAMES = "data/names.json"
PROXY = "data/proxy.jsonl"  # what the checking proxy was asked for, where the run had one
BLOBS = "data/blobs"
STAGES = "data/stages"
VISIT = "visit.json"  # in the folder of a visit
PAGE_SOURCE = "page.html"  # of the main frame

INDEX = "index.db"  # of all runs, in the folder of the scenarios' folders
MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"  # written last: a folder without it is no sealed bundle
BAG_INFO = "bag-info.txt"

# Beside the seal: may be written again at any time.
DERIVED = "derived"
FINDINGS = "findings"
REPORT = "report"
REVIEW = "review"
DECISIONS = "decisions.jsonl"  # in `review/`

_FRAME_SOURCE = re.compile(r"frame-(\d+)\.html\Z")


def blob(sha256: str) -> str:
    """Return the path of a body by the SHA-256 of what is kept of it."""
    return f"{BLOBS}/{sha256}"


def visit_folder(ordinal: int, kind: Stage) -> str:
    """Return the folder of a visit, such as `data/stages/03-cart`."""
    return f"{STAGES}/{ordinal:02d}-{kind.value}"


def page_file(folder: str, page: int, name: str) -> str:
    """Return the path of what was taken of a page of a visit: the first page's files bear no number."""
    return f"{folder}/{name}" if page == 1 else f"{folder}/p{page}-{name}"


def frame_source(frame: int) -> str:
    """Return the name of the file that holds the source of a frame of a page; 0 is the main frame."""
    return f"frame-{frame:02d}.html" if frame else PAGE_SOURCE


def frame_of(path: str) -> int:
    """Return the frame whose source a file holds."""
    number = _FRAME_SOURCE.search(path)
    return int(number[1]) if number else 0


def is_evidence(path: str) -> bool:
    """Say whether something may be written there as evidence."""
    return PAYLOAD_PATH.match(path) is not None


def is_sealed(root: Path) -> bool:
    """Say whether a folder is a run's that was sealed; whether the seal holds is another question."""
    return (root / TAG_MANIFEST).exists()


def index_of(root: Path) -> Path:
    """Return where the index of the runs beside a run lies: in the folder of the scenarios' folders."""
    return root.resolve().parent.parent / INDEX
