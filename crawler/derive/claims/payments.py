"""Which requests carry payment, which carry cart and checkout, and which neither.

A request is claimed once: payment before checkout before other. Payment needs one strong mark or two medium
ones. Forms and frames count where they point, though nothing was sent: such claims have no request and state
`declared`. What the guard refused as an order counts as an intended destination, state `refused`, never as
contacted. That it kept a request back because nobody knows what it does says nothing: such a request counts
by its own marks.

Not seen here: a card number under an innocent name in a body, since its value was hashed at capture, and
bodies that were not stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crawler.derive.claims import codes, declared, instructions, leads, signals
from crawler.derive.claims.claim import Claim, ClaimKind, DeclaredAt, Marks
from crawler.derive.claims.claim import declared as as_declared
from crawler.derive.claims.pay_page import PayPage
from crawler.derive.network import ledger as ledgers
from crawler.derive.network import places, request_parts
from crawler.lib import words
from crawler.lib.hosts import host_of, registrable
from crawler.model.scenario import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.derive.claims.signals import Signal
    from crawler.derive.network.entries import Entry
    from crawler.derive.network.ledger import Ledger
    from crawler.derive.network.request_parts import RequestParts
    from crawler.derive.operators.operator import Operator, Operators
    from crawler.model.evidence import Request, Response, Visit
    from crawler.store.bundle import Bundle

__all__ = ["Claim", "ClaimKind", "claims"]

HTTP_ERROR = 400
READS = frozenset({"GET", "HEAD", "OPTIONS"})


def claims(bundle: Bundle, operators: Operators, ledger: Ledger | None = None) -> tuple[Claim, ...]:
    """Return one claim for each request in order, then those of forms, frames and refused submits.

    Args:
        bundle: The sealed bundle.
        operators: Says who runs a host.
        ledger: The ledger of the bundle, where it is known already.
    """
    ledger = ledger or ledgers.ledger_of(bundle)
    visits = bundle.run.visits
    sent = tuple(
        _request_claim(request, ledger, places.place(visits, request.visit), bundle, operators)
        for request in ledger.requests
    )
    counted = frozenset(
        each.request for each in sent if each.request and each.claim == "payment" and _counts(each)
    )
    failed = frozenset(each.url for each in ledger.requests if _failed(ledger.responses.get(each.id)))
    wire = _Wire(ledger.requests, counted, failed)
    shown = (claim for visit in visits for claim in _declared(visit, bundle, operators, wire))
    return (*sent, *shown, *_refused_submits(bundle, operators))


def _failed(response: Response | None) -> bool:
    return response is not None and (response.status or 0) >= HTTP_ERROR


def _counts(claim: Claim) -> bool:
    """Say whether a request may have left, or was meant to; one that was stopped counts as declared."""
    return claim.contacted or claim.unended or claim.to_app or claim.state == "refused"


def _request_claim(
    request: Request, ledger: Ledger, visit: Visit | None, bundle: Bundle, operators: Operators
) -> Claim:
    response = ledger.responses.get(request.id)
    parts = request_parts.read_request_parts(request, bundle)
    operator = operators.operator_of(
        parts.host,
        url=request.url,
        headers=response.headers if response else {},
        request_headers=request.headers,
        evidence=ledger.evidence(request.id, parts.host),
    )
    marks = _marks(request, parts, operator, visit)
    if _walled_off(ledger.entry(request.id), visit):
        marks = Marks("other", (), trap="asked for by the journey, and a wall answered")
    ended = response is not None or parts.host.endswith(":")  # an app's link has no answer
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
        unended=not ended and request.state == "sent",
        seen_by=request.seen_by,
        host=parts.host,
        url=request.url,
        operator=operator,
        **marks.said(),
    )


def _marks(request: Request, parts: RequestParts, operator: Operator, visit: Visit | None) -> Marks:
    strong = (*signals.strong(parts), *signals.app_link(parts, operator))
    if request.intended:
        strong = (*strong, ("refused-order", request.method))
    if request.type == "script" and operator.payment in ("yes", "sandbox") and _at_payment(visit):
        strong = (*strong, ("payment-script", operator.host))
    trap = signals.trapped(parts, operator, request.type)
    medium = (
        *signals.medium(parts, operator),
        *_medium_by_visit(request, visit),
        *_calls(request, parts, operator, visit),
    )
    checkout = _checkout_marks(request, parts, operator, visit)
    if strong or (len(medium) > 1 and (not trap or _suspect(trap, operator, visit))):
        return Marks("payment", strong, medium, checkout, trap)
    return Marks("checkout" if checkout and not trap else "other", strong, medium, checkout, trap)


def _walled_off(entry: Entry | None, visit: Visit | None) -> bool:
    """Say whether the journey itself named this address, and no page of the shop came of it."""
    walls = words.load("payments")["traps"]["walls"]
    return entry is not None and entry.by_address and visit is not None and visit.reason in walls


def _at_payment(visit: Visit | None) -> bool:
    return visit is not None and visit.kind is Stage.PAYMENT


def _calls(
    request: Request, parts: RequestParts, operator: Operator, visit: Visit | None
) -> tuple[Signal, ...]:
    """Return the marks of a call, a socket or an app's link from a payment page to somebody nobody knows."""
    if visit is None or not _at_payment(visit):
        return ()
    if signals.is_contact(parts):
        return ()
    if parts.host.endswith(":"):
        return (("app-at-payment", parts.host), *(("social-app", parts.host),) * _is_social(operator))
    sites = {registrable(host_of(url)) for url in (request.frame, *(page.url for page in visit.pages))}
    stranger = registrable(parts.host) not in sites and operator.operator in ("unknown", "split")
    if not stranger or request.type not in words.load("payments")["calls"]["types"]:
        return ()
    if request.type == "websocket":
        return (("socket-at-payment", parts.host),)
    return signals.calls_gateway(parts) if request.method not in READS else ()


def _is_social(operator: Operator) -> bool:
    return operator.operator in words.load("payments")["traps"]["path_not_for"]


def _suspect(trap: str, operator: Operator, visit: Visit | None) -> bool:
    """Say whether a trap explains nothing: the social medium's own host, at payment, that is no telemetry."""
    groups = words.load("payments")["traps"]["path_not_for"]
    return _at_payment(visit) and trap.startswith(("path ", "role social")) and operator.operator in groups


def _medium_by_visit(request: Request, visit: Visit | None) -> tuple[Signal, ...]:
    """Return the marks that a request has by where it was sent."""
    if visit is None or not _at_payment(visit):
        return ()
    found: list[Signal] = []
    if request.method not in READS:
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
    request: Request, parts: RequestParts, operator: Operator, visit: Visit | None
) -> tuple[Signal, ...]:
    lists = words.load("payments")["checkout"]
    if visit is None or request.type not in lists["types"]:
        return ()
    changes = request.method not in READS
    marks = (*signals.checkout(parts, operator), *(signals.creates_order(parts) if changes else ()))
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
    return readable and signals.has_qris(request_parts.stored_text(bundle, response.body))


class _Wire(NamedTuple):
    """What went over the network: which requests are claims already, which addresses failed."""

    requests: tuple[Request, ...]
    counted: frozenset[str]
    failed: frozenset[str]


def _declared(visit: Visit, bundle: Bundle, operators: Operators, wire: _Wire) -> Iterator[Claim]:
    """Yield payment claims for what the pages of a visit declare."""
    gone = [each.url for each in wire.requests if each.id in wire.counted]
    pages = [PayPage(bundle, visit, each.page, operators) for each in visit.pages]
    for page in pages:
        yield from declared.form_claims(page)
        yield from declared.frame_claims(page, wire.failed)
        yield from leads.lead_claims(page, gone)
        yield from instructions.instruction_claims(page)
        yield from codes.code_claims(page)
    if _at_payment(visit):
        own = [each for each in wire.requests if each.visit == visit.ordinal and each.state != "refused"]
        first = pages[0] if pages else PayPage(bundle, visit, 1, operators)
        yield from declared.unseen_claims(first, _unseen_documents(own, visit, pages), wire.counted)
        yield from codes.code_claims_of_requests(first, [each for each in own if each.id not in wire.counted])


def _unseen_documents(requests: list[Request], visit: Visit, pages: list[PayPage]) -> Iterator[Request]:
    """Yield requests for documents that no page shows: of frames, of windows, not led on from elsewhere."""
    shown = {frame.url for page in pages for frame in page.frames}
    left = {each.redirected_from for each in requests}
    for request in requests:
        goes_on = request.id in left or request.url in shown
        if request.type == "document" and not goes_on and not _is_main(request, visit):
            yield request


def _refused_submits(bundle: Bundle, operators: Operators) -> Iterator[Claim]:
    """Yield what the guard stopped in the page before it became a request."""
    guard = bundle.run.guard
    for refusal in guard.refusals if guard else ():
        if refusal.what == "submit" and refusal.intended and refusal.url and refusal.request is None:
            parts = request_parts.take_apart(refusal.url, refusal.fields)
            operator = operators.operator_of(parts.host, url=refusal.url)
            strong = (*signals.strong(parts), ("refused-order", refusal.method or "submit"))
            marks = Marks("payment", strong, signals.medium(parts, operator))
            seen = DeclaredAt("refusal", refusal.visit, 1, refusal.method, "refused")
            yield as_declared(seen, marks, parts, operator)
