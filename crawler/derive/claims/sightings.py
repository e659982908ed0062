"""What of each stage was seen: whether a page of a visit bears the marks of the stage it was taken for.

Read from what is kept of a page: text, form fields, frames. A visit that was reached and whose pages bear no
marks of its stage is *not confirmed*: what was found there stays found, but nothing passes by it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from crawler.errors import EvidenceError
from crawler.lib import marks
from crawler.model.evidence import FormRecord, FrameRecord
from crawler.model.finding import Sighting, SightingState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from crawler.model.evidence import Artifact, PageRecord, TextNode, TextRecord, Visit
    from crawler.store.bundle import Bundle

READ = frozenset({"text", "pseudo", "value", "placeholder"})  # channels that a person reads
MAX_ROWS = 6_000

_HEADING = re.compile(r"(?:^|> )h([1-6])(?![\w-])")
_AROUND = re.compile(r"(?:^|> )(?:header|footer|nav)(?![\w-])")
RecordT = TypeVar("RecordT", FormRecord, FrameRecord)


def of_visits(bundle: Bundle, text: Callable[[str], TextRecord]) -> tuple[Sighting, ...]:
    """Return what was seen at each visit of a run, in the order of the journey.

    Args:
        bundle: The sealed bundle.
        text: Returns the text of a page by its path in the bundle.
    """
    return tuple(_of_visit(bundle, visit, text) for visit in bundle.run.visits)


def _of_visit(bundle: Bundle, visit: Visit, text: Callable[[str], TextRecord]) -> Sighting:
    stage, looked_for = visit.kind.value, marks.looked_for(visit.kind.value)
    if not visit.reached:
        return Sighting(visit=visit.ordinal, stage=visit.kind, state="not reached", looked_for=looked_for)
    readings = [marks.weigh_stages(page) for page in _pages(bundle, visit, text)]
    bears = {name for reading in readings for name, each in reading.items() if each.borne}
    own = [reading[stage] for reading in readings if stage in reading]
    best = max(own, key=lambda each: (each.borne, each.points), default=None)
    state: SightingState = "confirmed" if stage in bears else "not confirmed" if looked_for else "no marks"
    return Sighting(
        visit=visit.ordinal,
        stage=visit.kind,
        state=state,
        bears=tuple(sorted(bears)),
        found=best.found if best else (),
        looked_for=looked_for,
        whole=not any(each.cut for each in own),
    )


def _pages(bundle: Bundle, visit: Visit, text: Callable[[str], TextRecord]) -> Iterable[marks.MarkedPage]:
    """Yield the pages of a visit that were answered; an error page bears nothing."""
    for record in visit.pages:
        kept = visit.artifact("text", record.page)
        if kept is None or (record.status or 0) >= 400:
            continue
        try:
            said = text(kept.path)
        except EvidenceError:
            continue  # whoever needs the text tells the gap
        forms, frames = visit.artifact("forms", record.page), visit.artifact("frames", record.page)
        yield page(record, said, _fields(bundle, forms), _frames(bundle, frames))


def page(
    record: PageRecord, said: TextRecord, fields: tuple[str, ...] = (), frames: tuple[str, ...] = ()
) -> marks.MarkedPage:
    """Return a page as it is kept in the form in which its marks are looked for."""
    rows = _rows(said.nodes)
    headings = _headings(rows)
    title = record.title or next((node.text for node in said.nodes if node.channel == "title"), "")
    return marks.MarkedPage(
        text="\n".join(row for row, _ in rows),
        title=title,
        address=record.url,
        headings=headings or _first_unlinked(rows),
        fields=fields,
        frames=frames,
    )


def _rows(nodes: tuple[TextNode, ...]) -> list[tuple[str, TextNode]]:
    """Return what a person reads, a block a row, each with its first piece, in the order of the document."""
    blocks: dict[tuple[int, int, str], list[TextNode]] = {}
    for node in nodes:
        if node.visible and node.channel in READ:
            blocks.setdefault((node.frame, node.block, node.channel), []).append(node)
        if len(blocks) >= MAX_ROWS:
            break
    joined = (("".join(node.text for node in block), block[0]) for block in blocks.values())
    return [(row, first) for row, first in joined if row.strip()]


def _headings(rows: list[tuple[str, TextNode]]) -> tuple[str, ...]:
    """Return the headings, higher ones first; not the name that leads home, nor those around the page."""
    found = []
    for row, node in rows:
        level = _HEADING.search(node.element)
        if level and not _AROUND.search(node.element) and not _leads_home(node.href):
            found.append((int(level[1]), row))
    return tuple(row for _, row in sorted(found, key=lambda each: each[0]))


def _first_unlinked(rows: list[tuple[str, TextNode]]) -> tuple[str, ...]:
    """Return the first row that is no link: the name of a page without headings, if it has one."""
    return next(((row,) for row, node in rows if not node.href and node.channel == "text"), ())


def _leads_home(href: str) -> bool:
    try:
        return bool(href) and urlsplit(href).path in ("", "/")
    except ValueError:
        return False


def _fields(bundle: Bundle, kept: Artifact | None) -> tuple[str, ...]:
    """Return the names of the fields of a page's forms, and what its maker lets the browser fill in."""
    forms = _kept_records(bundle, kept, FormRecord)
    named = (name for form in forms for field in form.fields for name in (field.name, field.autocomplete))
    return tuple(dict.fromkeys(filter(None, named)))


def _frames(bundle: Bundle, kept: Artifact | None) -> tuple[str, ...]:
    """Return the addresses of the frames in a page; one that kept silent is there too."""
    return tuple(frame.url for frame in _kept_records(bundle, kept, FrameRecord) if frame.frame > 0)


def _kept_records(bundle: Bundle, kept: Artifact | None, kind: type[RecordT]) -> tuple[RecordT, ...]:
    """Return the records of a file; none where it was not kept or cannot be read: that only confirms less."""
    if kept is None:
        return ()
    try:
        return bundle.records(kept.path, kind)
    except EvidenceError:
        return ()
