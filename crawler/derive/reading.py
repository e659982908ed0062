"""One reading of a bundle, which rules, comparisons and reports share: each thing derived once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from crawler.derive.cache import cached, code_sha256
from crawler.derive.claims import payments, sightings
from crawler.derive.claims.claim import Claim
from crawler.derive.documents import document as documents
from crawler.derive.documents import markup
from crawler.derive.network import ledger as ledgers
from crawler.derive.operators import hosts
from crawler.derive.operators.operator import Operator, Operators
from crawler.errors import EvidenceError
from crawler.model.evidence import IconRecord, Record, StoredItem, TextRecord, TileMap
from crawler.model.finding import Sighting

if TYPE_CHECKING:
    from datetime import date

    from crawler.derive.documents.document import Document
    from crawler.derive.documents.markup import Markup, Said
    from crawler.derive.network.ledger import Ledger
    from crawler.model.evidence import Request, Response, RunRecord, Visit
    from crawler.store.bundle import Bundle

NAMES = ("manifest.name", "manifest.short_name", "manifest.description")  # stand in `text.json`


MOST_KEPT = 4  # of claims, which depend on the day, and of sightings
MADE_BY = ("derive", "lib", "model", "policies", "store")


class _Claims(Record):
    """The claims of a bundle, as they are kept: each with the place of its operator, which many share."""

    operators: tuple[Operator, ...]
    facts: tuple[tuple[int, dict[str, Any]], ...]

    @classmethod
    def kept(cls, claims: tuple[Claim, ...]) -> _Claims:
        """Return claims taken apart."""
        places: dict[str, int] = {}
        operators: list[Operator] = []
        facts = []
        for claim in claims:
            operator = claim.operator.model_dump_json()
            if operator not in places:
                places[operator] = len(operators)
                operators.append(claim.operator)
            facts.append((places[operator], claim.model_dump(mode="json", exclude={"operator"})))
        return cls(operators=tuple(operators), facts=tuple(facts))

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims, put together again."""
        return tuple(Claim(operator=self.operators[place], **facts) for place, facts in self.facts)


class _Sightings(Record):
    """The sightings of a bundle, as they are kept."""

    sightings: tuple[Sighting, ...]


class BundleReading:
    """What is derived from a bundle, whoever asks: have it by `reading_of`, so that it is derived once.

    Who runs a host depends on the day, since rows of the operator table are dated; all else does not.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self._texts: dict[str, TextRecord] = {}
        self._operators: dict[date, Operators] = {}
        self._claims: dict[date, tuple[Claim, ...]] = {}

    @property
    def run(self) -> RunRecord:
        """The run's own record."""
        return self.bundle.run

    # --- pages --------------------------------------------------------------------------------------------

    def text(self, path: str) -> TextRecord:
        """Return a page's text."""
        if path not in self._texts:
            self._texts[path] = self.bundle.record(path, TextRecord)
        return self._texts[path]

    def markup(self, path: str, url: str) -> Markup:
        """Return what the source of a document at an address says and nobody sees."""
        return markup.markup(self.bundle, path, url)

    def manifest(self, address: str) -> tuple[Said, ...]:
        """Return what a web manifest declares beside its names; nothing where it was not kept."""
        for request in self.requests:
            if request.type == "manifest" and request.url == address:
                response = self.responses.get(request.id)
                stored = response.body.sha256_stored if response else None
                if stored:
                    told = markup.declared_texts(self.bundle.blob(stored), address, "manifest")
                    return tuple(said for said in told if said.element not in NAMES)
        return ()

    def documents(self, visit: Visit) -> tuple[Document, ...]:
        """Return the documents that a visit got beside its pages."""
        return documents.documents_of_visit(self.bundle, visit, self.requests, self.responses)

    def tiles(self, path: str) -> TileMap:
        """Return how a page's pictures lie."""
        return self.bundle.record(path, TileMap)

    def page_size(self, visit: Visit, page: int) -> tuple[float, float] | None:
        """Return how large a page is, in CSS px; None where no picture of all of it was taken."""
        taken = visit.artifact("tiles", page)
        try:
            tiles = self.tiles(taken.path) if taken else None
        except EvidenceError:
            return None
        return (tiles.page_width, tiles.page_height) if tiles else None

    def icons(self, path: str) -> tuple[IconRecord, ...]:
        """Return the icons that a page declares."""
        return self.bundle.records(path, IconRecord)

    def storage(self, path: str) -> tuple[StoredItem, ...]:
        """Return a page's cookies and storage entries."""
        return self.bundle.records(path, StoredItem)

    @cached_property
    def sightings(self) -> tuple[Sighting, ...]:
        """Whether each visit shows the stage it was taken for, in the order of the journey."""

        def made() -> _Sightings:
            return _Sightings(sightings=sightings.of_visits(self.bundle, self.text))

        return cached(self.bundle, "sightings", self._made_of, _Sightings, made, most=MOST_KEPT).sightings

    # --- the network --------------------------------------------------------------------------------------

    @cached_property
    def ledger(self) -> Ledger:
        """All that went over the network, as both witnesses saw it."""
        return ledgers.ledger_of(self.bundle)

    @property
    def requests(self) -> tuple[Request, ...]:
        """All requests in the order they were seen; after them those that the network log alone shows."""
        return self.ledger.requests

    @property
    def responses(self) -> dict[str, Response]:
        """How requests ended, by request id."""
        return self.ledger.responses

    @cached_property
    def lost_lines(self) -> int:
        """Lines of the network record that were cut off or cannot be read, as the run and the files say."""
        return max(self.run.dropped_lines, self.ledger.unreadable)

    def body(self, request: Request) -> bytes:
        """Return the kept body of a request, empty if none was."""
        stored = request.body.sha256_stored
        return self.bundle.blob(stored) if stored else b""

    def claims(self, on: date) -> tuple[Claim, ...]:
        """Return what each request, form and frame is for."""
        if on not in self._claims:
            inputs = {**self._made_of, "day": on.isoformat(), "own": hosts.own_sha256()}
            made = cached(self.bundle, "claims", inputs, _Claims, lambda: self._made(on), most=MOST_KEPT)
            self._claims[on] = made.claims
        return self._claims[on]

    def _made(self, on: date) -> _Claims:
        return _Claims.kept(payments.claims(self.bundle, self.operators(on), self.ledger))

    @property
    def _made_of(self) -> dict[str, str]:
        """What is remembered of the bundle as a whole follows from all of it, and from all that derives."""
        return {"seal": self.bundle.seal, "code": code_sha256(*MADE_BY)}

    def operators(self, on: date) -> Operators:
        """Return the table of who ran which host on a day (Asia/Jakarta)."""
        if on not in self._operators:
            self._operators[on] = Operators.on(on)
        return self._operators[on]

    def operator(self, host: str, on: date, *, url: str = "") -> Operator:
        """Return who ran a host on a day, by all that its connections show."""
        return self.operators(on).operator_of(host, url=url, evidence=self.ledger.evidence(None, host))


def reading_of(bundle: Bundle) -> BundleReading:
    """Return the reading of a bundle; it goes when the bundle goes."""
    return bundle.once(BundleReading)
