"""The frames of a page: who is in whom, where, and what each may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.collect.dom import snapshot
from crawler.collect.plain import storable
from crawler.model.evidence import Artifact, FrameRecord

if TYPE_CHECKING:
    from crawler.collect.dom.document import Document
    from crawler.collect.target import Target


class Frames:
    """Reads the tree of frames."""

    id = "frames"

    def collect(self, target: Target) -> tuple[Artifact, ...]:
        """Take `frames.json`, numbered as in `text.json`; frames that kept silent come last."""
        page = snapshot.read_documents(target)
        records = [_record(target, document) for document in page.documents]
        for number, url in enumerate(page.unread, start=len(records)):
            records.append(FrameRecord(frame=number, parent=None, url=_url(target, url), name=""))
        return (target.keep_records("frames", "frames.json", records),)


def _record(target: Target, document: Document) -> FrameRecord:
    frame, owner = document.frame, document.frame.owner
    return FrameRecord(
        frame=frame.number,
        parent=frame.parent,
        url=_url(target, document.url),
        name=storable(owner.get("name", ""), 200),
        box=frame.box,
        allow=storable(owner.get("allow", ""), 1_000),
        sandbox=storable(owner["sandbox"], 500) if "sandbox" in owner else None,
    )


def _url(target: Target, url: str) -> str:
    return storable(target.redactor.url(url), 4_096)
