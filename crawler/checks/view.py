"""What a rule sees of a bundle: only the inputs it declared, and a gap for each that could not be read."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit

from crawler.checks.base import Need, message
from crawler.checks.pages import PageIcon, PageMarkup, PagePixels, PageText
from crawler.derive.network.ledger import NETLOG
from crawler.derive.network.places import place
from crawler.derive.operators import businesses
from crawler.errors import CrawlerError, RuleError
from crawler.lib import marks
from crawler.model.finding import Gap
from crawler.model.scenario import Stage
from crawler.store import layout

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from crawler.checks.base import RuleMeta
    from crawler.checks.readers import Readers
    from crawler.derive.claims.payments import Claim
    from crawler.derive.documents.document import Document
    from crawler.derive.network.ledger import Entry
    from crawler.derive.operators.businesses import Standing
    from crawler.derive.operators.operator import Operator
    from crawler.model.evidence import (
        Artifact,
        Request,
        Response,
        StoredItem,
        Visit,
    )
    from crawler.model.finding import Sighting
    from crawler.model.policy import Brands, PolicyPack

MESSAGES = {
    "gap.unreached": ("stage", "reason"),
    "gap.undeclared": ("stage", "reason"),
    "gap.wall": ("page", "reason"),
    "gap.artifact-missing": ("artifact", "page", "error"),
    "gap.unreadable": ("reader", "page", "error"),
    "gap.frame-unread": ("frame", "page"),
    "gap.text-truncated": ("page",),
    "gap.source-cut": ("page",),
    "gap.document-unread": ("name", "error"),
    "gap.document-cut": ("name", "error"),
    "gap.downloads-untaken": ("error",),
    "gap.icon-unseen": ("page", "why"),
    "gap.picture-truncated": ("page",),
    "gap.picture-unsteady": ("page",),
    "gap.pixels-unread": ("page",),
    "gap.pixels-contrary": ("page", "count"),
    "gap.lines-dropped": ("count",),
    "gap.wire-silent": ("stage",),
    "gap.recorder-failed": ("collector", "error"),
    "gap.log-cut": (),
    "gap.log-damaged": ("count",),
    "gap.unconfirmed": ("stage", "marks"),
    "gap.no-shopping-page": ("stages",),
    "gap.no-claim": ("stage",),
    "gap.no-shopping-request": (),
    "gap.no-checkout": (),
}

RECORDER = "requests"  # the collector that writes the network record
DOWNLOADS = "downloads"  # the collector that keeps what is downloaded
WALL = "wall"  # a page of a stage that was reached, and was no page or became none
SOURCE: Final = "html"  # the collector that keeps the source of a page's documents

ReadT = TypeVar("ReadT")


class View:
    """The narrowed bundle that one rule gets.

    Reading something that the rule did not declare raises. Reading something that is not there, or not whole,
    notes a gap: a rule with gaps cannot pass, unless what it sought was found all the same (`settled`).
    """

    def __init__(
        self, readers: Readers, meta: RuleMeta, *, pack: PolicyPack, brands: Brands, on: date
    ) -> None:
        self.pack = pack
        self.brands = brands
        self.on = on
        self._readers = readers
        self._meta = meta
        self._gaps: dict[tuple[int, str], Gap] = {}
        self._settled: set[int] = set()
        self._lacking: list[Gap] = []
        run = readers.run
        self.all_visits: tuple[Visit, ...] = tuple(each for each in run.visits if each.kind in meta.stages)
        self.visits: tuple[Visit, ...] = tuple(each for each in self.all_visits if each.reached)
        for visit in self.all_visits:
            if not visit.reached:
                self._gap(visit, "gap.unreached", stage=visit.kind.value, reason=visit.reason or "not opened")
        for visit in self.visits:
            for failure in visit.failures:
                if failure.collector == WALL:
                    self._gap(visit, "gap.wall", page=failure.page, reason=failure.error)

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
        return (*self._unconfirmed(), *self._lacking)

    def confirmed(self, visit: Visit) -> bool:
        """Say whether a visit shows the stage it was taken for, or there is nothing to tell that by."""
        return self._sighting(visit).state in ("confirmed", "no marks")

    def shopping(self) -> tuple[Visit, ...]:
        """Return the visits of the rule's stages where a page of a shop was seen, whichever of its pages."""
        surfaces = marks.shopping()
        return tuple(
            visit
            for visit in self.visits
            if visit.kind.value in surfaces and surfaces & set(self._sighting(visit).bears)
        )

    def rests(self) -> dict[str, int]:
        """Return what a pass of the rule would rest on: pages of the right kind that were seen."""
        own = [visit for visit in self.visits if visit.kind in self._meta.rests_on and self.confirmed(visit)]
        counted = {"stages-confirmed": len(own)} if self._meta.rests_on else {}
        return counted | ({"shopping-pages": len(self.shopping())} if self._meta.shopping else {})

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

    def text(self, visit: Visit) -> tuple[PageText, ...]:
        """Return the text of every page of a visit. Needs `text`."""
        self._declared(Need.TEXT)
        pages = []
        for page, artifact in self._artifacts(visit, "text"):
            record = self._read(visit, page, "text", partial(self._readers.text, artifact.path))
            if record is None:
                continue
            for frame in record.unread:
                self._gap(visit, "gap.frame-unread", frame=frame, page=page)
            if record.truncated:
                self._gap(visit, "gap.text-truncated", page=page)
            pages.append(PageText(page, visit.url_of(page), artifact.path, record))
        return tuple(pages)

    def markup(self, visit: Visit) -> tuple[PageMarkup, ...]:
        """Return what the source of every document of a visit says. Needs `markup`."""
        self._declared(Need.MARKUP)
        kept = {page for page, _ in self._artifacts(visit, SOURCE)}
        for failure in visit.failures:
            if failure.collector == SOURCE and failure.page in kept:
                self._gap(visit, "gap.unreadable", reader=SOURCE, page=failure.page, error=failure.error)
        documents = (self._document(visit, artifact) for artifact in visit.artifacts_of(SOURCE))
        return tuple(filter(None, documents))

    def documents(self, visit: Visit) -> tuple[Document, ...]:
        """Return the documents that a visit got beside its pages. Needs `documents`."""
        self._declared(Need.DOCUMENTS)
        for failure in visit.failures:
            if failure.collector == DOWNLOADS:
                self._gap(visit, "gap.downloads-untaken", error=failure.error)
        found = self._read(visit, 1, "documents", partial(self._readers.documents, visit)) or ()
        for document in found:
            name = document.name or document.url[:200]
            if document.status == "failed":
                self._gap(visit, "gap.document-unread", name=name, error=document.error)
            elif document.status == "partly":
                self._gap(visit, "gap.document-cut", name=name, error=document.error)
        return found

    def _document(self, visit: Visit, artifact: Artifact) -> PageMarkup | None:
        page, url = artifact.page, visit.url_of(artifact.page)
        number = layout.frame_of(artifact.path)
        frame = self._frame(visit, page, number) if number else url
        record = self._read(visit, page, SOURCE, partial(self._readers.markup, artifact.path, frame or url))
        if record is None:
            return None
        if not record.whole:
            self._gap(visit, "gap.source-cut", page=page)
        more = self._wire(partial(self._readers.manifest, record.manifest)) if record.manifest else ()
        return PageMarkup(page, url, frame, artifact.path, (*record.said, *(more or ())))

    def _frame(self, visit: Visit, page: int, number: int) -> str:
        """Return the address of a frame of a page, as its text tells it; nothing where that is not there."""
        text = visit.artifact("text", page)
        record = self._read(visit, page, "text", partial(self._readers.text, text.path)) if text else None
        frames = record.frames if record else ()
        return frames[number] if number < len(frames) else ""

    def pixels(self, visit: Visit) -> tuple[PagePixels, ...]:
        """Return what OCR reads on every page of a visit. Needs `pixels`."""
        self._declared(Need.PIXELS)
        pages = []
        for page, artifact in self._artifacts(visit, "tiles"):
            tiles = self._read(visit, page, "tiles", partial(self._readers.tiles, artifact.path))
            if tiles is None:
                continue
            if tiles.unsteady:  # its text explains other pixels than these
                self._gap(visit, "gap.picture-unsteady", page=page)
                continue
            record = self._read(visit, page, "ocr", partial(self._readers.pixels, visit.ordinal, page))
            if record is None:
                continue
            if record.status == "failed":
                self._gap(visit, "gap.unreadable", reader="ocr", page=page, error=record.error)
            elif record.status == "partly":
                cut_off = tiles.truncated
                self._gap(visit, "gap.picture-truncated" if cut_off else "gap.pixels-unread", page=page)
            if record.contrary:
                self._gap(visit, "gap.pixels-contrary", page=page, count=len(record.contrary))
            pages.append(PagePixels(page, visit.url_of(page), tiles, record))
        return tuple(pages)

    def icons(self, visit: Visit) -> tuple[PageIcon, ...]:
        """Return what the icons of every page of a visit show. Needs `pixels`.

        An older bundle holds no icons: where a page's source declares some, that is a gap.
        """
        self._declared(Need.PIXELS)
        found = []
        for page in visit.page_numbers:
            listed = visit.artifact("icons", page)
            if listed is None:
                self._undeclared_icons(visit, page)
                continue
            records = self._read(visit, page, "icons", partial(self._readers.icons, listed.path)) or ()
            for role in ("favicon", "manifest"):
                unseen = [each for each in records if each.role == role and each.state == "unseen"]
                if unseen and not any(each.role == role and each.state == "kept" for each in records):
                    self._gap(visit, "gap.icon-unseen", page=page, why=unseen[0].why)
            for each in records:
                if each.state == "kept":
                    seen = self._readers.icon_pixels(each.path)
                    if seen.status == "failed":
                        self._gap(visit, "gap.unreadable", reader="icons", page=page, error=seen.error)
                    found.append(PageIcon(page, visit.url_of(page), each.address, each.path, seen))
        return tuple(found)

    def _undeclared_icons(self, visit: Visit, page: int) -> None:
        source = visit.artifact(SOURCE, page)
        url = visit.url_of(page)
        read = partial(self._readers.markup, source.path, url) if source else None
        record = self._read(visit, page, SOURCE, read) if read else None
        if record and record.icons:
            self._gap(visit, "gap.icon-unseen", page=page, why="not kept")

    def storage(self, visit: Visit) -> tuple[StoredItem, ...]:
        """Return cookies and storage entries of every page of a visit. Needs `storage`."""
        self._declared(Need.STORAGE)
        items: list[StoredItem] = []
        for page, artifact in self._artifacts(visit, "storage"):
            read = self._read(visit, page, "storage", partial(self._readers.storage, artifact.path))
            items.extend(read or ())
        return tuple(items)

    def requests(self) -> tuple[Request, ...]:
        """Return the requests of all visits of the rule's stages, reached or not. Needs `requests`.

        One that was recorded at no visit of the run is among those of the next visit.
        """
        self._declared(Need.REQUESTS)
        self._wire_gaps()
        read = self._wire(lambda: self._readers.requests) or ()
        return tuple(request for request in read if self._at(request.visit) in self.all_visits)

    def responses(self) -> dict[str, Response]:
        """Return how requests ended, by request id. Needs `requests`."""
        self._declared(Need.REQUESTS)
        return self._wire(lambda: self._readers.responses) or {}

    def body(self, request: Request) -> bytes:
        """Return the kept body of a request, empty if none was. Needs `requests`."""
        self._declared(Need.REQUESTS)
        return self._readers.body(request)

    def claims(self) -> tuple[Claim, ...]:
        """Return what requests, forms and frames are for, whatever the stage. Needs `payments`."""
        self._declared(Need.PAYMENTS)
        self._wire_gaps()
        for visit in self.visits:
            self._artifacts(visit, "forms")
            self._artifacts(visit, "frames")
            if visit.kind is Stage.PAYMENT:  # instructions, links and codes stand in its text
                self._artifacts(visit, "text")
        return self._wire(lambda: self._readers.claims) or () if self._readers.run.visits else ()

    def entries(self) -> tuple[Entry, ...]:
        """Return what both witnesses saw at the rule's stages. Needs `ledger`."""
        self._declared(Need.LEDGER)
        self._wire_gaps()
        ledger = self._wire(lambda: self._readers.ledger)
        found = ledger.entries if ledger else ()
        return tuple(entry for entry in found if self._at(entry.visit) in self.all_visits)

    def operator(self, host: str, *, url: str = "") -> Operator:
        """Return who runs a host. Needs `operators`."""
        self._declared(Need.OPERATORS)
        return self._readers.operator(host, url)

    def standing(self, visit: Visit) -> Standing:
        """Return which of the three businesses a visit belongs to. Every rule may ask."""
        return businesses.of_visit(visit, lambda host: self._readers.operator(host, ""), self.brands, self.on)

    def visit(self, ordinal: int) -> Visit:
        """Return the visit at which something recorded under an ordinal is judged."""
        visit = self._at(ordinal)
        if visit is None:
            raise RuleError("The run has no visits.")
        return visit

    def stray(self, ordinal: int) -> str:
        """Return the mark of what was recorded at no visit of the run: the number it bears; else nothing."""
        visit = self._at(ordinal)
        return "" if visit is not None and visit.ordinal == ordinal else f"visit={ordinal}"

    def _at(self, ordinal: int) -> Visit | None:
        return place(self._readers.run.visits, ordinal)

    def _declared(self, need: Need) -> None:
        if need not in self._meta.needs:
            raise RuleError(f"The rule {self._meta.id} reads {need.value!r} without declaring it.")

    def _artifacts(self, visit: Visit, kind: str) -> list[tuple[int, Artifact]]:
        found = {artifact.page: artifact for artifact in visit.artifacts if artifact.kind == kind}
        for page in visit.page_numbers:
            if page not in found:
                errors = [failure.error for failure in visit.failures if failure.page == page]
                self._gap(
                    visit, "gap.artifact-missing", artifact=kind, page=page, error=", ".join(sorted(errors))
                )
        return sorted(found.items())

    def _read(self, visit: Visit, page: int, reader: str, read: Callable[[], ReadT]) -> ReadT | None:
        try:
            return read()
        except CrawlerError as error:
            self._gap(visit, "gap.unreadable", reader=reader, page=page, error=type(error).__name__)
            return None

    def _sighting(self, visit: Visit) -> Sighting:
        return next(each for each in self._readers.sightings if each.visit == visit.ordinal)

    def _unconfirmed(self) -> tuple[Gap, ...]:
        """Return a gap for each kind of stage that was reached and of which no visit bears the marks."""
        gaps = []
        for kind in self._meta.rests_on:
            reached = [visit for visit in self.visits if visit.kind is kind]
            if reached and not any(map(self.confirmed, reached)):
                said = message("gap.unconfirmed", stage=kind.value, marks=marks.looked_for(kind.value))
                gaps.append(Gap(rule=self._meta.id, stage=kind, visit=reached[0].ordinal, message=said))
        if self._meta.shopping and not self.shopping():
            said = message("gap.no-shopping-page", stages=sorted(marks.shopping()))
            first = next(iter(self.visits), None)  # it concerns them all, and stands where the journey began
            gaps.append(
                Gap(
                    rule=self._meta.id,
                    stage=first.kind if first else None,
                    visit=first.ordinal if first else None,
                    message=said,
                )
            )
        return tuple(gaps)

    def _wire(self, read: Callable[[], ReadT]) -> ReadT | None:
        visits = self.all_visits or self._readers.run.visits
        return self._read(visits[-1], 1, "wire", read) if visits else None

    def _wire_gaps(self) -> None:
        """Note what is missing of the network record; what was not recorded cannot be found innocent."""
        run = self._readers.run
        visits = self.all_visits or run.visits
        lost = self._wire(lambda: self._readers.lost_lines)
        if lost:
            self._gap(visits[-1], "gap.lines-dropped", count=lost)
        failed = [(visit, each) for visit in run.visits for each in visit.failures]
        at_visits = [(visit, each) for visit, each in failed if each.collector == RECORDER]
        for visit, failure in (*at_visits, *((visits[-1], each) for each in run.failures if visits)):
            self._gap(visit, "gap.recorder-failed", collector=failure.collector, error=failure.error)
        self._log_gap(visits)
        self._silent_visits()

    def _log_gap(self, visits: tuple[Visit, ...]) -> None:
        """Note a network log that ends before the run or cannot be read: what left then has one witness."""
        ledger = self._wire(lambda: self._readers.ledger)
        kept = ledger is not None and (NETLOG in ledger.witnesses or ledger.problem)
        if ledger is not None and kept and not ledger.complete:
            self._gap(visits[-1], "gap.log-cut")
        if ledger is not None and ledger.lost:
            self._gap(visits[-1], "gap.log-damaged", count=ledger.lost)

    def _silent_visits(self) -> None:
        """Note visits that were reached though no request of theirs, nor that for their page, is on record.

        A shop may show its cart without asking for anything, on a page that an earlier visit opened; and what
        another visit of the same kind shows is not lost.
        """
        requests = self._wire(lambda: self._readers.requests) or ()
        heard = {each.visit for each in requests if each.state == "sent"}
        kinds = {visit.kind for visit in self.visits if visit.ordinal in heard}
        opened = [
            (each.visit, _origin(each.url))
            for each in requests
            if (each.type, each.state) == ("document", "sent")
        ]
        for visit in self.visits:
            before = {origin for ordinal, origin in opened if ordinal <= visit.ordinal}
            known = visit.kind in kinds or (visit.urls and _origin(visit.urls[-1]) in before)
            if visit.ordinal not in heard and not known:
                self._gap(visit, "gap.wire-silent", stage=visit.kind.value)

    def _gap(self, visit: Visit, message_id: str, **params: object) -> None:
        said = message(message_id, **params)
        gap = Gap(rule=self._meta.id, stage=visit.kind, visit=visit.ordinal, message=said)
        self._gaps[visit.ordinal, said.model_dump_json()] = gap


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"
