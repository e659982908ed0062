"""Which requests carry payment, which carry cart and checkout, and which neither.

A request is claimed once: payment before checkout before other. Payment needs one strong mark or two medium
ones. Forms and frames count where they point, though nothing was sent: such claims have no request and state
`declared`. What the guard refused counts as an intended destination, state `refused`, never as contacted.

Not seen here: a card number under an innocent name in a body, since its value was hashed at capture, and
bodies that were not stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

from pydantic import RootModel

from crawler.derive import exchange as exchanges
from crawler.derive import ledger as ledgers
from crawler.derive import places, signals
from crawler.derive.operators import Operator
from crawler.derive.signals import Signal
from crawler.lib import words
from crawler.lib.hosts import host_of
from crawler.model.evidence import FormRecord, FrameRecord, Record
from crawler.model.scenario import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.derive.exchange import Exchange
    from crawler.derive.ledger import Ledger
    from crawler.derive.operators import Operators
    from crawler.model.evidence import Request, Response, Visit
    from crawler.store.bundle import Bundle

ClaimKind = Literal["payment", "checkout", "other"]
RecordT = TypeVar("RecordT", bound=Record)


class Claim(Record):
    """One request, form or frame, and what it is for.

    `request` is none for what was declared only; `via` says where it was seen. `visit` is the number that
    was recorded, whether or not the run has such a visit. `strong` and `medium` hold the ids of the payment
    marks, `signals` every mark with its evidence. `trap` says why medium marks did not count; with claim
    `payment` and no strong mark, why they make a suspicion only. `unended` says that the browser sent it
    and that how it ended is not on record: it may have reached the host. `seen_by` are the witnesses of a
    request.
    """

    request: str | None
    via: Literal["request", "form", "frame", "refusal"]
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
    seen_by: tuple[str, ...] = ()
    operator: Operator


class Frames(RootModel[tuple[FrameRecord, ...]]):
    """Content of `frames.json`."""


class Forms(RootModel[tuple[FormRecord, ...]]):
    """Content of `forms.json`."""


class _Seen(NamedTuple):
    via: Literal["form", "frame", "refusal"]
    visit: int
    page: int
    method: str
    state: Literal["declared", "refused"]


class _Marks(NamedTuple):
    claim: ClaimKind
    strong: tuple[Signal, ...]
    medium: tuple[Signal, ...]
    checkout: tuple[Signal, ...]
    trap: str


def claims(bundle: Bundle, operators: Operators, ledger: Ledger | None = None) -> tuple[Claim, ...]:
    """Return one claim for each request in order, then those of forms, frames and refused submits.

    Args:
        bundle: The sealed bundle.
        operators: Says who runs a host.
        ledger: The ledger of the bundle, where it is known already.
    """
    ledger = ledger or ledgers.of(bundle)
    visits = bundle.run.visits
    sent = tuple(
        _request_claim(request, ledger, places.place(visits, request.visit), bundle, operators)
        for request in ledger.requests
    )
    declared = (claim for visit in bundle.run.visits for claim in _declared(visit, bundle, operators))
    return (*sent, *declared, *_refused_submits(bundle, operators))


def _request_claim(
    request: Request, ledger: Ledger, visit: Visit | None, bundle: Bundle, operators: Operators
) -> Claim:
    response = ledger.responses.get(request.id)
    exchange = exchanges.read(request, bundle)
    operator = operators.of(
        exchange.host,
        url=request.url,
        headers=response.headers if response else {},
        request_headers=request.headers,
        evidence=ledger.evidence(request.id, exchange.host),
    )
    marks = _marks(request, exchange, operator, visit)
    if _answers_with_qris(request, response, visit, bundle):
        marks = marks._replace(claim="payment", strong=(*marks.strong, ("qris-answer", "ID.CO.QRIS.WWW")))
    contacted = bool(response and response.contacted) and request.state == "sent"
    return Claim(
        request=request.id,
        via="request",
        visit=request.visit,
        page=request.page,
        method=request.method,
        state=request.state,
        contacted=contacted,
        unended=response is None and request.state == "sent",
        seen_by=request.seen_by,
        host=exchange.host,
        url=request.url,
        operator=operator,
        **_said(marks),
    )


def _marks(request: Request, exchange: Exchange, operator: Operator, visit: Visit | None) -> _Marks:
    strong = signals.strong(exchange)
    if request.state == "refused":
        strong = (*strong, ("refused-order", request.method))
    trap = signals.trapped(exchange, operator, request.type)
    medium = (*signals.medium(exchange, operator), *_medium_by_visit(request, visit))
    checkout = _checkout_marks(request, exchange, operator, visit)
    if strong or (len(medium) > 1 and (not trap or _suspect(trap, operator, visit))):
        return _Marks("payment", strong, medium, checkout, trap)
    return _Marks("checkout" if checkout and not trap else "other", strong, medium, checkout, trap)


def _suspect(trap: str, operator: Operator, visit: Visit | None) -> bool:
    """Say whether a trap explains nothing: the social medium's own host, at payment, that is no telemetry."""
    groups = words.load("payments")["traps"]["path_not_for"]
    at_payment = visit is not None and visit.kind is Stage.PAYMENT
    return at_payment and trap.startswith(("path ", "role social")) and operator.operator in groups


def _medium_by_visit(request: Request, visit: Visit | None) -> tuple[Signal, ...]:
    """Return the marks that a request has by where it was sent."""
    if visit is None or visit.kind is not Stage.PAYMENT:
        return ()
    found: list[Signal] = []
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        found.append(("sent-at-payment", request.method))
    if request.type == "document" and _is_main(request, visit):
        found.append(("payment-page", visit.kind.value))
    if (
        request.type == "document"
        and request.method == "POST"
        and host_of(request.frame) != host_of(request.url)
    ):
        found.append(("cross-origin-form", host_of(request.frame)))
    return tuple(found)


def _checkout_marks(
    request: Request, exchange: Exchange, operator: Operator, visit: Visit | None
) -> tuple[Signal, ...]:
    lists = words.load("payments")["checkout"]
    if visit is None or request.type not in lists["types"]:
        return ()
    changes = request.method not in ("GET", "HEAD", "OPTIONS")
    marks = (*signals.checkout(exchange, operator), *(signals.creates_order(exchange) if changes else ()))
    if visit.kind.value in lists["visits"]:
        main = request.type == "document" and visit.kind is not Stage.PAYMENT and _is_main(request, visit)
        return (*marks, *((("main-page", visit.kind.value),) if main else ()))
    named = any(name in ("path", "operation") for name, _ in marks)
    return marks if changes and named else ()  # a product page puts into the cart


def _is_main(request: Request, visit: Visit) -> bool:
    def place(url: str) -> str:
        return url.partition("#")[0].partition("?")[0]

    return place(request.url) in {place(url) for url in (*visit.urls, *(page.url for page in visit.pages))}


def _answers_with_qris(
    request: Request, response: Response | None, visit: Visit | None, bundle: Bundle
) -> bool:
    if response is None or visit is None or visit.kind not in (Stage.CHECKOUT, Stage.PAYMENT):
        return False
    readable = request.type in ("xhr", "fetch", "document")
    return readable and signals.has_qris(exchanges.stored_text(bundle, response.body))


def _declared(visit: Visit, bundle: Bundle, operators: Operators) -> Iterator[Claim]:
    """Yield payment claims for where forms and frames of a visit point."""
    for page in visit.pages:
        frames = _artifact(bundle, visit, page.page, "frames", Frames)
        forms = _artifact(bundle, visit, page.page, "forms", Forms)
        urls = {frame.frame: frame.url for frame in frames}
        for form in forms:
            yield from _form_claim(form, urls.get(form.frame, page.url), visit, page.page, operators)
        for frame in frames:
            if frame.parent is not None and visit.kind is Stage.PAYMENT:
                yield from _frame_claim(frame, urls.get(frame.parent, page.url), visit, page.page, operators)


def _form_claim(
    form: FormRecord, frame_url: str, visit: Visit, page: int, operators: Operators
) -> Iterator[Claim]:
    target = form.action or frame_url
    exchange = exchanges.take_apart(target, (field.name for field in form.fields))
    operator = operators.of(exchange.host, url=target)
    strong: tuple[Signal, ...] = signals.card_form(form)
    medium = signals.medium(exchange, operator)
    posts = form.method.lower() == "post"
    if visit.kind is Stage.PAYMENT and posts and medium and not signals.trapped(exchange, operator, ""):
        strong = (*strong, ("payment-form", medium[0][1]))
    if strong and exchange.host:
        marks = _Marks("payment", strong, medium, (), "")
        seen = _Seen("form", visit.ordinal, page, form.method.upper(), "declared")
        yield _declared_claim(seen, marks, exchange, operator)


def _frame_claim(
    frame: FrameRecord, parent_url: str, visit: Visit, page: int, operators: Operators
) -> Iterator[Claim]:
    exchange = exchanges.take_apart(frame.url)
    operator = operators.of(exchange.host, url=frame.url)
    if not exchange.host or signals.trapped(exchange, operator, ""):
        return
    strong, medium = signals.strong(exchange), signals.medium(exchange, operator)
    cross_origin = exchange.host != host_of(parent_url)
    if cross_origin and (medium or "payment" in frame.allow):
        strong = (*strong, ("payment-frame", medium[0][1] if medium else "allow=payment"))
    if strong:
        marks = _Marks("payment", strong, medium, (), "")
        seen = _Seen("frame", visit.ordinal, page, "GET", "declared")
        yield _declared_claim(seen, marks, exchange, operator)


def _refused_submits(bundle: Bundle, operators: Operators) -> Iterator[Claim]:
    """Yield what the guard stopped in the page before it became a request."""
    guard = bundle.run.guard
    for refusal in guard.refusals if guard else ():
        if refusal.what == "submit" and refusal.url and refusal.request is None:
            exchange = exchanges.take_apart(refusal.url, refusal.fields)
            operator = operators.of(exchange.host, url=refusal.url)
            strong = (*signals.strong(exchange), ("refused-order", refusal.method or "submit"))
            marks = _Marks("payment", strong, signals.medium(exchange, operator), (), "")
            seen = _Seen("refusal", refusal.visit, 1, refusal.method, "refused")
            yield _declared_claim(seen, marks, exchange, operator)


def _declared_claim(seen: _Seen, marks: _Marks, exchange: Exchange, operator: Operator) -> Claim:
    return Claim(
        request=None,
        via=seen.via,
        visit=seen.visit,
        page=seen.page,
        method=seen.method,
        state=seen.state,
        contacted=False,
        host=exchange.host,
        url=exchange.url,
        operator=operator,
        **_said(marks),
    )


def _said(marks: _Marks) -> dict[str, Any]:
    return {
        "claim": marks.claim,
        "strong": tuple(name for name, _ in marks.strong),
        "medium": tuple(name for name, _ in marks.medium),
        "signals": (*marks.strong, *marks.medium, *marks.checkout),
        "trap": marks.trap,
    }


def _artifact(
    bundle: Bundle, visit: Visit, page: int, kind: str, model: type[RootModel[tuple[RecordT, ...]]]
) -> tuple[RecordT, ...]:
    found = next((a for a in visit.artifacts if a.kind == kind and a.page == page), None)
    return bundle.record(found.path, model).root if found else ()
