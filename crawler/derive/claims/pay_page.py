"""One page of a visit as those who look for payment read it: frames, forms, words, pictures, source."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from crawler.lib import marks
from crawler.lib.hosts import host_of, registrable
from crawler.lib.text import plain
from crawler.model.evidence import FormRecord, FrameRecord, TextRecord
from crawler.model.scenario import Stage
from crawler.store import layout

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.derive.operators.operator import Operator, Operators
    from crawler.model.evidence import Artifact, ArtifactKind, Visit
    from crawler.store.bundle import Bundle

MAY_PAY = frozenset({Stage.ENTRY, Stage.STOREFRONT, Stage.SEARCH, Stage.PRODUCT, Stage.CART, Stage.CHECKOUT})
MAX_SOURCE_CHARS = 2_000_000  # of one document
MAX_WORDS_CHARS = 400_000  # of one frame


class PayPage:
    """A page of a visit. Nothing is read before it is asked for; what was not kept is empty.

    Args:
        bundle: The sealed bundle.
        visit: The visit.
        page: Number of the page.
        operators: Says who runs a host.
    """

    def __init__(self, bundle: Bundle, visit: Visit, page: int, operators: Operators) -> None:
        self.bundle, self.visit, self.page, self.operators = bundle, visit, page, operators
        self.url = next((each.url for each in visit.pages if each.page == page), "")

    @cached_property
    def paying(self) -> bool:
        """Whether the page is one of payment: by its visit's kind, or as a one-page checkout by its marks.

        Pages of help and invoices speak of payment and are none.
        """
        if self.visit.kind is Stage.PAYMENT or self.visit.kind not in MAY_PAY:
            return self.visit.kind is Stage.PAYMENT
        shown = marks.MarkedPage(
            text="\n".join(self.words.values()),
            title=next((each.title for each in self.visit.pages if each.page == self.page), ""),
            address=self.url,
            fields=tuple(
                word
                for form in self.forms
                for field in form.fields
                for word in (field.name, *field.autocomplete.split())
            ),
            frames=tuple(frame.url for frame in self.frames if frame.frame),
        )
        return Stage.PAYMENT.value in marks.stages(shown)

    @cached_property
    def frames(self) -> tuple[FrameRecord, ...]:
        """The frames in the order of their numbers; those that kept silent come last."""
        found = self.artifact("frames")
        return self.bundle.records(found.path, FrameRecord) if found else ()

    @cached_property
    def forms(self) -> tuple[FormRecord, ...]:
        """The forms and loose fields of all frames."""
        found = self.artifact("forms")
        return self.bundle.records(found.path, FormRecord) if found else ()

    @cached_property
    def text(self) -> TextRecord | None:
        """The text record; None where it was not kept."""
        found = self.artifact("text")
        return self.bundle.record(found.path, TextRecord) if found else None

    @cached_property
    def words(self) -> dict[int, str]:
        """What can be read in each frame, one line a run of text."""
        lines: dict[int, list[str]] = {}
        block = None
        for node in self.text.nodes if self.text else ():
            if not node.visible or node.channel not in ("text", "pseudo"):
                continue
            own = lines.setdefault(node.frame, [])
            own.append(plain(node.text) if (node.frame, node.block) == block else "\n" + plain(node.text))
            block = (node.frame, node.block)
        return {frame: "".join(own)[:MAX_WORDS_CHARS] for frame, own in lines.items()}

    def sources(self) -> Iterator[tuple[int, str]]:
        """Yield the source of each document with the number of its frame."""
        for artifact in self.visit.artifacts_of("html", self.page):
            source = self.bundle.read(artifact.path)[:MAX_SOURCE_CHARS]
            yield layout.frame_of(artifact.path), source.decode("utf-8", "replace")

    def host(self, frame: int) -> str:
        """Return the host of a frame; of the nearest one around it where its own address has none."""
        return host_of(self.address(frame))

    def address(self, frame: int) -> str:
        """Return the address of a frame; of the nearest one around it where its own has no host."""
        known = {each.frame: each for each in self.frames}
        seen: set[int] = set()
        while frame in known and frame not in seen:
            seen.add(frame)
            url = known[frame].url.removeprefix("blob:")
            if host_of(url):
                return url
            frame = known[frame].parent or 0
        return self.url

    def foreign(self, host: str) -> bool:
        """Say whether a host lies on another site than the page itself."""
        return bool(host) and registrable(host) != registrable(host_of(self.url))

    def unknown(self, operator: Operator) -> bool:
        """Say whether nobody knows who runs a host of another site than the page's own."""
        return self.foreign(operator.host) and operator.operator in ("unknown", "split")

    def artifact(self, kind: ArtifactKind) -> Artifact | None:
        """Return an artifact of the page; None where it was not kept."""
        return self.visit.artifact(kind, self.page)
