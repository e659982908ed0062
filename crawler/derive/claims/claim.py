"""What a request, or something that a page declares, is for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from crawler.derive.claims.signals import Signal
from crawler.derive.operators.operator import Operator
from crawler.model.evidence import Record

if TYPE_CHECKING:
    from crawler.derive.network.request_parts import RequestParts

ClaimKind = Literal["payment", "checkout", "other"]
Via = Literal["request", "form", "frame", "refusal", "link", "popup", "picture", "text"]


class Claim(Record):
    """One request, or one thing that a page declares, and what it is for.

    `request` is None for what was declared only; `via` says where it was seen: a `link` is also a refresh of
    the page or a script that leads on, a `picture` a code to scan, a `text` an instruction to pay. `visit` is
    the number that was recorded, whether or not the run has such a visit. `strong` and `medium` hold the ids
    of the payment marks, `signals` every mark with its evidence. `trap` says why medium marks did not count;
    with claim `payment` and no strong mark, why they make a suspicion only. `unaddressed` says how something
    is sent that names no address: `host` is then that of the page it stands on. `unended` says that the
    browser sent it and that how it ended is not on record: it may have reached the host. `seen_by` are the
    witnesses of a request.
    """

    request: str | None
    via: Via
    visit: int
    page: int
    claim: ClaimKind
    strong: tuple[str, ...]
    medium: tuple[str, ...]
    signals: tuple[Signal, ...]
    trap: str
    host: str
    url: str
    method: str
    state: Literal["sent", "blocked", "refused", "declared"]
    contacted: bool
    unended: bool = False
    unaddressed: str = ""
    seen_by: tuple[str, ...] = ()
    operator: Operator

    @property
    def to_app(self) -> bool:
        """Whether it leaves the browser for an app: no host is contacted then."""
        return self.host.endswith(":")


class Marks(NamedTuple):
    """The marks found on something, and what they make of it."""

    claim: ClaimKind
    strong: tuple[Signal, ...]
    medium: tuple[Signal, ...] = ()
    checkout: tuple[Signal, ...] = ()
    trap: str = ""

    def said(self) -> dict[str, Any]:
        """Return the fields of a claim that say so."""
        return {
            "claim": self.claim,
            "strong": tuple(name for name, _ in self.strong),
            "medium": tuple(name for name, _ in self.medium),
            "signals": (*self.strong, *self.medium, *self.checkout),
            "trap": self.trap,
        }


class DeclaredAt(NamedTuple):
    """Where something that a page declares was seen. `request` is the one that was made for it, if any."""

    via: Via
    visit: int
    page: int
    method: str = "GET"
    state: Literal["declared", "refused"] = "declared"
    request: str | None = None
    unaddressed: str = ""


def declared(seen: DeclaredAt, marks: Marks, parts: RequestParts, operator: Operator) -> Claim:
    """Return the claim of something declared, or refused, that was contacted by nobody."""
    return Claim(
        request=seen.request,
        via=seen.via,
        visit=seen.visit,
        page=seen.page,
        method=seen.method,
        state=seen.state,
        contacted=False,
        unaddressed=seen.unaddressed,
        host=parts.host,
        url=parts.url,
        operator=operator,
        **marks.said(),
    )
