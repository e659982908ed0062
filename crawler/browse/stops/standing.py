"""What stands in the way at the pages of one visit: as they are captured, and when their time is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.model.evidence import CollectorFailure
from crawler.model.page_facts import PageFacts, Surface
from crawler.model.wall import Wall, shows_content, wall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from playwright.sync_api import Page

    from crawler.lib.redact import Redactor
    from crawler.model.evidence import PageRecord
    from crawler.model.scenario import Stage

COLLECTOR = "wall"  # its failures say that a page was no page, or became none


class Standing:
    """Looks at the pages of a visit, each by its number in the record.

    Args:
        kind: The stage of the visit.
        redactor: Hashes secrets in what a wall says.
        look: Returns what a page shows now.

    Attributes:
        failures: Walls that leave the visit reached: in a popup, or after a page that was seen.
    """

    def __init__(self, kind: Stage, redactor: Redactor, look: Callable[[Page], PageFacts]) -> None:
        self.failures: list[CollectorFailure] = []
        self._kind, self._redactor, self._look = kind, redactor, look
        self._facts: dict[int, PageFacts] = {}
        self._walls: dict[int, Wall | None] = {}  # to weigh a page takes tens of ms

    def captured(self, number: int, page: Page) -> None:
        """Look at a document that was just captured."""
        self._facts[number] = self._look(page)
        self._walls.pop(number, None)

    def of(self, record: PageRecord) -> Wall | None:
        """Return what stands in the way at a document; one nobody looked at has its title and its status."""
        facts = self._facts.get(record.page)
        if facts is None:
            told = Surface(url=record.url, title=record.title, read=False)
            return wall(PageFacts(main=told, status=record.status), self._kind)
        if record.page not in self._walls:
            self._walls[record.page] = wall(facts, self._kind)
        return self._walls[record.page]

    def later(self, record: PageRecord, page: Page) -> None:
        """Look again when the visit's time is over.

        Where the document had shown something of its own before, it was seen, and what came after is a
        failure of that page; else the wall is what came of it.
        """
        before, now = self._facts.get(record.page), self._look(page)
        first = self.of(record)
        found = first if now == before else wall(now, self._kind)
        if before is None or found is None or (first is not None and first.reason != "empty page"):
            return
        if first is None and shows_content(before):
            self._note(record, found)
        else:
            self._facts[record.page], self._walls[record.page] = now, found

    def note(self, records: Iterable[PageRecord]) -> None:
        """Note which of these pages of a visit that was reached are walls."""
        for record in records:
            found = self.of(record) if record.url.startswith("http") else None
            if found is not None:
                self._note(record, found)

    def now(self, page: Page) -> Wall | None:
        """Return what stands in the way on a page of a stage that was not reached."""
        return wall(self._look(page), self._kind)

    def _note(self, record: PageRecord, found: Wall) -> None:
        self.failures.append(
            CollectorFailure(
                collector=COLLECTOR,
                page=record.page,
                error=found.reason,
                message=self._redactor.text(found.detail),
            )
        )
