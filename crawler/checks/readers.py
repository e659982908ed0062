"""What all rules read of one bundle, each thing read once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from crawler.derive.claims import payments, sightings
from crawler.derive.documents import document as documents
from crawler.derive.documents import markup
from crawler.derive.network import ledger as ledgers
from crawler.derive.operators import hosts
from crawler.derive.operators.operator import Operators
from crawler.derive.pictures import icons, looks, ocr
from crawler.derive.pictures.brand import NOTHING, Terms
from crawler.errors import EvidenceError, ReaderError
from crawler.lib import words
from crawler.model.evidence import IconRecord, StoredItem, TextRecord, TileMap

if TYPE_CHECKING:
    from datetime import date

    from crawler.derive.claims.payments import Claim
    from crawler.derive.documents.document import Document
    from crawler.derive.documents.markup import Markup, Said
    from crawler.derive.network.ledger import Ledger
    from crawler.derive.operators.operator import Operator
    from crawler.derive.pictures.icons import IconPixels
    from crawler.derive.pictures.ocr import Mode, PixelText
    from crawler.model.evidence import Request, Response, RunRecord, Visit
    from crawler.model.finding import Sighting
    from crawler.store.bundle import Bundle

TABLES = ("hosts.csv", "networks.csv")
LISTS = (
    "businesses",
    "compounds",
    "contacts",
    "homoglyphs",
    "lookalikes",
    "misreadings",
    "payments",
    "stack-marks",
    "stages",
    "statements",
    "traffic",
)
NAMES = ("manifest.name", "manifest.short_name", "manifest.description")  # stand in `text.json`


class Readers:
    """Reads a bundle for all rules of one judgement.

    Args:
        bundle: The sealed bundle.
        on: The day whose rows of the operator table hold (Asia/Jakarta).
        terms: Names that OCR looks for.
        mode: How much of the pixels OCR reads.
    """

    def __init__(self, bundle: Bundle, on: date, terms: Terms = NOTHING, mode: Mode = "media") -> None:
        self._bundle = bundle
        self._on = on
        self._terms = terms
        self._ocr = mode
        self._ahead = False
        self._records: dict[str, Any] = {}

    @property
    def run(self) -> RunRecord:
        """The run's own record."""
        return self._bundle.run

    def text(self, path: str) -> TextRecord:
        """Return a page's text."""
        if path not in self._records:
            self._records[path] = self._bundle.record(path, TextRecord)
        record: TextRecord = self._records[path]
        return record

    def markup(self, path: str, url: str) -> Markup:
        """Return what the source of a document at an address says and nobody sees."""
        return markup.markup(self._bundle, path, url)

    def manifest(self, address: str) -> tuple[Said, ...]:
        """Return what a web manifest declares beside its names; nothing where it was not kept."""
        for request in self.requests:
            if request.type == "manifest" and request.url == address:
                response = self.responses.get(request.id)
                stored = response.body.sha256_stored if response else None
                if stored:
                    data = self._bundle.blob(stored)
                    told = markup.declared(data, address, "manifest")
                    return tuple(said for said in told if said.element not in NAMES)
        return ()

    def documents(self, visit: Visit) -> tuple[Document, ...]:
        """Return the documents that a visit got beside its pages."""
        return documents.of_visit(self._bundle, visit, self.requests, self.responses)

    def tiles(self, path: str) -> TileMap:
        """Return how a page's pictures lie."""
        return self._bundle.record(path, TileMap)

    def page_size(self, visit: Visit, page: int) -> tuple[float, float] | None:
        """Return how large a page is, in CSS px; none where no picture of all of it was taken."""
        taken = visit.artifact("tiles", page)
        try:
            tiles = self.tiles(taken.path) if taken else None
        except EvidenceError:
            return None
        return (tiles.page_width, tiles.page_height) if tiles else None

    def icons(self, path: str) -> tuple[IconRecord, ...]:
        """Return the icons that a page declares."""
        return self._bundle.records(path, IconRecord)

    def icon_pixels(self, path: str) -> IconPixels:
        """Return what an icon shows."""
        return icons.pixels(self._bundle, path, self._terms)

    def pixels(self, visit: int, page: int) -> PixelText:
        """Return what OCR reads on a page's pictures."""
        if not self._ahead:
            self._ahead = True
            ocr.read_ahead(self._bundle, terms=self._terms, mode=self._ocr)
        return ocr.pixel_text(self._bundle, visit, page, terms=self._terms, mode=self._ocr)

    def storage(self, path: str) -> tuple[StoredItem, ...]:
        """Return a page's cookies and storage entries."""
        return self._bundle.records(path, StoredItem)

    @cached_property
    def ledger(self) -> Ledger:
        """All that went over the network, as both witnesses saw it."""
        return ledgers.of(self._bundle)

    @property
    def requests(self) -> tuple[Request, ...]:
        """All requests in the order they were seen; after them those that the network log alone shows."""
        return self.ledger.requests

    @property
    def responses(self) -> dict[str, Response]:
        """How requests ended, by request id."""
        return self.ledger.responses

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """What each request, form and frame is for."""
        return payments.claims(self._bundle, self._operators, self.ledger)

    @cached_property
    def sightings(self) -> tuple[Sighting, ...]:
        """Whether each visit shows the stage it was taken for, in the order of the journey."""
        return sightings.of_visits(self._bundle, self.text)

    @cached_property
    def lost_lines(self) -> int:
        """Lines of the network record that were cut off or cannot be read, as the run and the files say."""
        return max(self.run.dropped_lines, sum(self._bundle.unreadable_lines().values()))

    def operator(self, host: str, url: str) -> Operator:
        """Return who runs a host."""
        return self._operators.of(host, url=url, evidence=self.ledger.evidence(None, host))

    @cached_property
    def _operators(self) -> Operators:
        return Operators.on(self._on)

    def body(self, request: Request) -> bytes:
        """Return the kept body of a request, empty if none was."""
        stored = request.body.sha256_stored
        return self._bundle.blob(stored) if stored else b""

    def versions(self) -> dict[str, str]:
        """Return the hashes of the data that the readers stand on, and their versions."""
        own = {"hosts.csv:own": sha256} if (sha256 := hosts.own_sha256()) else {}
        names = [*TABLES, *(f"words/{name}.toml" for name in LISTS)]
        read = {"reader:ocr": str(looks.VERSION), "reader:ocr-mode": self._ocr, "reader:ocr-first": _first()}
        return {**{name: words.sha256(name) for name in names}, **read, **own}


def _first() -> str:
    """Return what reads pixels first on this machine; nothing where nobody does."""
    try:
        return looks.engines().first
    except ReaderError:
        return ""
