"""What a rule sees of a bundle: only the inputs it declared, and a gap for each that could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from crawler.checks.base import Need, message
from crawler.checks.inputs.documents import documents_beside
from crawler.checks.inputs.pictures import page_icons, page_pictures
from crawler.checks.inputs.sources import page_sources
from crawler.checks.inputs.stages import StageViews
from crawler.checks.inputs.storage import stored_items
from crawler.checks.inputs.texts import page_texts
from crawler.checks.inputs.unread import Notes
from crawler.checks.inputs.wire import missing_of_record, read_wire
from crawler.derive.network.places import place
from crawler.derive.operators import businesses
from crawler.errors import RuleError
from crawler.model.finding import Gap
from crawler.model.scenario import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from crawler.checks.base import RuleMeta
    from crawler.checks.inputs.unread import Unread, WithGaps
    from crawler.checks.pages import PageIcon, PageMarkup, PagePixels, PageText
    from crawler.derive.claims.payments import Claim
    from crawler.derive.documents.document import Document
    from crawler.derive.network.ledger import Entry
    from crawler.derive.operators.businesses import Standing
    from crawler.derive.operators.operator import Operator
    from crawler.derive.pictures.reader import PictureReader
    from crawler.derive.reading import BundleReading
    from crawler.model.evidence import Request, Response, StoredItem, Visit
    from crawler.model.policy import Brands, PolicyPack

ValueT = TypeVar("ValueT")


class View:
    """The narrowed bundle that one rule gets.

    Reading something that the rule did not declare raises. Reading something that is not there, or not whole,
    notes a gap: a rule with gaps cannot pass, unless what it sought was found all the same (`settled`).
    """

    def __init__(
        self,
        reading: BundleReading,
        pictures: PictureReader,
        meta: RuleMeta,
        *,
        pack: PolicyPack,
        brands: Brands,
        on: date,
    ) -> None:
        self.pack = pack
        self.brands = brands
        self.on = on
        self._reading = reading
        self._pictures = pictures
        self._meta = meta
        self._gaps: dict[tuple[int, str], Gap] = {}
        self._settled: set[int] = set()
        self._lacking: list[Gap] = []
        self._stages = StageViews(reading, meta)
        self._note_unread(self._stages.unread())

    # --- what was looked at -------------------------------------------------------------------------------

    @property
    def all_visits(self) -> tuple[Visit, ...]:
        """The visits of the rule's stages, reached or not."""
        return self._stages.all_visits

    @property
    def visits(self) -> tuple[Visit, ...]:
        """The visits of the rule's stages that were reached."""
        return self._stages.visits

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What could not be looked at and still matters, in the order of visits."""
        open_gaps = [gap for (visit, _), gap in self._gaps.items() if visit not in self._settled]
        return tuple(sorted(open_gaps, key=lambda gap: (gap.visit or 0, gap.message.id, str(gap.message))))

    def settled(self, visit: Visit) -> None:
        """Say that what was sought at a visit was found, so that its gaps do not matter."""
        self._settled.add(visit.ordinal)

    @property
    def unseen(self) -> tuple[Gap, ...]:
        """What a pass would have to rest on and was not seen; nothing that was found elsewhere settles it."""
        return (*self._stages.unconfirmed(), *self._lacking)

    def lacks(self, stage: Stage, message_id: str, /, **params: object) -> None:
        """Note that nothing of a kind was seen that a pass would have to rest on.

        Where the obligation requires the stage and it was not reached, that is said already.
        """
        obligation = self.pack.obligation_of(self._meta.id)
        required = obligation.stages if obligation else ()
        if stage in required and not any(visit.kind is stage for visit in self.visits):
            return
        said = message(message_id, **params)
        self._lacking.append(Gap(rule=self._meta.id, stage=stage, visit=None, message=said))

    def confirmed(self, visit: Visit) -> bool:
        """Say whether a visit shows the stage it was taken for, or there is nothing to tell that by."""
        return self._stages.confirmed(visit)

    def shopping(self) -> tuple[Visit, ...]:
        """Return the visits of the rule's stages where a page of a shop was seen, whichever of its pages."""
        return self._stages.shopping()

    def rests(self) -> dict[str, int]:
        """Return what a pass of the rule would rest on: pages of the right kind that were seen."""
        return self._stages.rests()

    # --- pages --------------------------------------------------------------------------------------------

    def text(self, visit: Visit) -> tuple[PageText, ...]:
        """Return the text of every page of a visit. Needs `text`."""
        self._declared(Need.TEXT)
        return self._taken(page_texts(self._reading, visit))

    def markup(self, visit: Visit) -> tuple[PageMarkup, ...]:
        """Return what the source of every document of a visit says. Needs `markup`."""
        self._declared(Need.MARKUP)
        return self._taken(page_sources(self._reading, visit, last=self._stages.last or visit))

    def documents(self, visit: Visit) -> tuple[Document, ...]:
        """Return the documents that a visit got beside its pages. Needs `documents`."""
        self._declared(Need.DOCUMENTS)
        return self._taken(documents_beside(self._reading, visit))

    def pixels(self, visit: Visit) -> tuple[PagePixels, ...]:
        """Return what OCR reads on every page of a visit. Needs `pixels`."""
        self._declared(Need.PIXELS)
        return self._taken(page_pictures(self._reading, self._pictures, visit))

    def icons(self, visit: Visit) -> tuple[PageIcon, ...]:
        """Return what the icons of every page of a visit show. Needs `pixels`."""
        self._declared(Need.PIXELS)
        return self._taken(page_icons(self._reading, self._pictures, visit))

    def storage(self, visit: Visit) -> tuple[StoredItem, ...]:
        """Return cookies and storage entries of every page of a visit. Needs `storage`."""
        self._declared(Need.STORAGE)
        return self._taken(stored_items(self._reading, visit))

    # --- the network --------------------------------------------------------------------------------------

    def requests(self) -> tuple[Request, ...]:
        """Return the requests of all visits of the rule's stages, reached or not. Needs `requests`.

        One that was recorded at no visit of the run is among those of the next visit.
        """
        self._declared(Need.REQUESTS)
        self._note_record()
        read = self._wire(lambda: self._reading.requests) or ()
        return tuple(request for request in read if self._concerns(request.visit))

    def responses(self) -> dict[str, Response]:
        """Return how requests ended, by request id. Needs `requests`."""
        self._declared(Need.REQUESTS)
        return self._wire(lambda: self._reading.responses) or {}

    def body(self, request: Request) -> bytes:
        """Return the kept body of a request, empty if none was. Needs `requests`."""
        self._declared(Need.REQUESTS)
        return self._reading.body(request)

    def claims(self) -> tuple[Claim, ...]:
        """Return what requests, forms and frames are for, whatever the stage. Needs `payments`."""
        self._declared(Need.PAYMENTS)
        self._note_record()
        notes = Notes()
        for visit in self.visits:
            notes.artifacts(visit, "forms")
            notes.artifacts(visit, "frames")
            if visit.kind is Stage.PAYMENT:  # instructions, links and codes stand in its text
                notes.artifacts(visit, "text")
        self._note_unread(notes.unread)
        return self._wire(lambda: self._reading.claims(self.on)) or ()

    def entries(self) -> tuple[Entry, ...]:
        """Return what both witnesses saw at the rule's stages. Needs `ledger`."""
        self._declared(Need.LEDGER)
        self._note_record()
        ledger = self._wire(lambda: self._reading.ledger)
        found = ledger.entries if ledger else ()
        return tuple(entry for entry in found if self._concerns(entry.visit))

    def operator(self, host: str, *, url: str = "") -> Operator:
        """Return who runs a host. Needs `operators`."""
        self._declared(Need.OPERATORS)
        return self._reading.operator(host, self.on, url=url)

    # --- places -------------------------------------------------------------------------------------------

    def standing(self, visit: Visit) -> Standing:
        """Return which of the three businesses a visit belongs to. Every rule may ask."""
        return businesses.of_visit(
            visit, lambda host: self._reading.operator(host, self.on), self.brands, self.on
        )

    def visit(self, ordinal: int) -> Visit:
        """Return the visit at which something recorded under an ordinal is judged."""
        visit = self._visit_at(ordinal)
        if visit is None:
            raise RuleError("The run has no visits.")
        return visit

    def stray(self, ordinal: int) -> str:
        """Return the mark of what was recorded at no visit of the run: the number it bears; else nothing."""
        visit = self._visit_at(ordinal)
        return "" if visit is not None and visit.ordinal == ordinal else f"visit={ordinal}"

    def _visit_at(self, ordinal: int) -> Visit | None:
        return place(self._reading.run.visits, ordinal)

    def _concerns(self, ordinal: int) -> bool:
        """Say whether what was recorded under an ordinal is judged at a visit of the rule's stages."""
        visit = self._visit_at(ordinal)
        return visit is not None and visit.kind in self._meta.stages

    # --- gaps ---------------------------------------------------------------------------------------------

    def _declared(self, need: Need) -> None:
        if need not in self._meta.needs:
            raise RuleError(f"The rule {self._meta.id} reads {need.value!r} without declaring it.")

    def _wire(self, read: Callable[[], ValueT]) -> ValueT | None:
        return self._taken(read_wire(read, self._stages.last))

    def _note_record(self) -> None:
        self._taken(missing_of_record(self._reading, self._stages.last, self.visits))

    def _taken(self, seen: WithGaps[ValueT]) -> ValueT:
        """Return what was read, and note what could not be."""
        self._note_unread(seen.unread)
        return seen.value

    def _note_unread(self, unread: Iterable[Unread]) -> None:
        for visit, said in unread:
            gap = Gap(rule=self._meta.id, stage=visit.kind, visit=visit.ordinal, message=said)
            self._gaps[visit.ordinal, said.model_dump_json()] = gap
