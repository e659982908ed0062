"""Payment that a page declares by its forms and frames, though nothing was sent.

A form counts where it points. One without an address is sent by the page's own script, or by nobody knows
what: that is said, with the host of the page it stands on. A frame counts by its address, as the page shows
it, or as it was asked for where the page could not show it: it may have refused, or come too late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.derive.claims import signals
from crawler.derive.claims.claim import DeclaredAt, Marks, declared
from crawler.derive.network.request_parts import destination, take_apart
from crawler.lib import words
from crawler.lib.hosts import host_of
from crawler.model.evidence import FrameRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crawler.derive.claims.claim import Claim, Via
    from crawler.derive.claims.pay_page import PayPage
    from crawler.derive.claims.signals import Signal
    from crawler.derive.network.request_parts import RequestParts
    from crawler.derive.operators.operator import Operator
    from crawler.model.evidence import FormRecord, Request

MAX_UNSEEN = 50  # frames of one visit that only requests tell of


def form_claims(page: PayPage) -> Iterator[Claim]:
    """Yield the claims of a page's forms."""
    for form in page.forms:
        yield from _form(page, form)


def _form(page: PayPage, form: FormRecord) -> Iterator[Claim]:
    around = page.address(form.frame)
    target = form.action or around
    how = _unaddressed(target)
    parts = take_apart(around if how else target, (field.name for field in form.fields))
    if not parts.host:
        return
    operator = page.operators.operator_of(parts.host, url=parts.url)
    strong: tuple[Signal, ...] = (*signals.card_form(form), *signals.app_link(parts, operator))
    medium = signals.medium(parts, operator)
    if page.paying:
        strong += _pays(form, parts, operator, medium)
    if how and strong:
        strong += (("no-address", how),)
    if strong:
        seen = DeclaredAt("form", page.visit.ordinal, page.page, form.method.upper(), unaddressed=how)
        yield declared(seen, Marks("payment", strong, medium), parts, operator)


def _pays(
    form: FormRecord, parts: RequestParts, operator: Operator, medium: tuple[Signal, ...]
) -> tuple[Signal, ...]:
    """Return the mark of a form at payment: by where it posts to, or by the label of its button.

    A form that orders at a known shop's own interface is its checkout, whatever its button says: it is judged
    as that, and as payment once it is sent or refused.
    """
    label = next((button for button in form.buttons if signals.is_control(button)), "")
    orders = signals.creates_order(parts) and operator.operator not in ("unknown", "split")
    if label and form.method and not orders:
        return (("payment-form", label),)
    if form.method.lower() == "post" and medium and not signals.trapped(parts, operator, ""):
        return (("payment-form", medium[0][1]),)
    return ()


def _unaddressed(target: str) -> str:
    """Return the scheme of an address that leads to no host and into no app; else nothing."""
    scheme = target.partition(":")[0].strip().lower()
    known: list[str] = words.load("payments")["page"]["unaddressed"]
    if scheme in known:
        return scheme
    return "" if destination(target) or not target else "other"


def frame_claims(page: PayPage, failed: frozenset[str] = frozenset()) -> Iterator[Claim]:
    """Yield the claims of the frames that a payment page shows.

    Args:
        page: The page.
        failed: Addresses that were answered with an error: what their frames should show is not known.
    """
    for frame in page.frames if page.paying else ():
        if frame.frame and host_of(frame.url):
            silent = frame.parent is None or frame.url in failed
            text = "" if silent else page.words.get(frame.frame, "")
            seen = DeclaredAt("frame", page.visit.ordinal, page.page)
            yield from _frame(page, frame, seen, text, unread=silent)


def _frame(
    page: PayPage, frame: FrameRecord, seen: DeclaredAt, text: str, *, unread: bool
) -> Iterator[Claim]:
    parts = take_apart(frame.url)
    operator = page.operators.operator_of(parts.host, url=frame.url)
    around = page.host(frame.parent or 0)
    if signals.trapped(parts, operator, "") or parts.host == around:
        return
    strong, medium = signals.strong(parts), signals.medium(parts, operator)
    if why := _frame_pays(page, frame, operator, medium, text, unread=unread):
        strong = (*strong, ("payment-frame", why))
    if strong:
        yield declared(seen, Marks("payment", strong, medium), parts, operator)


def _frame_pays(
    page: PayPage,
    frame: FrameRecord,
    operator: Operator,
    medium: tuple[Signal, ...],
    text: str,
    *,
    unread: bool,
) -> str:
    """Return what makes a foreign frame one of payment; nothing where nothing does."""
    if medium:
        return medium[0][1]
    if "payment" in frame.allow:
        return "allow=payment"
    said = text.casefold()
    listed: list[str] = words.load("payments")["page"]["frame_words"]
    if found := [each for each in listed if each in said]:
        return ", ".join(found[:3])
    return "not read" if unread and page.unknown(operator) else ""


def unseen_claims(page: PayPage, requests: Iterable[Request], claimed: frozenset[str]) -> Iterator[Claim]:
    """Yield the claims of frames and windows that were asked for and that no page of the visit shows.

    Args:
        page: The first page of the visit.
        requests: Those of the visit for documents that are no page's own.
        claimed: Ids of requests that are claims already.
    """
    left = [each for each in requests if each.id not in claimed and host_of(each.url)]
    numbers = {each.page for each in page.visit.pages}
    told: set[str] = set()
    for request in left[:MAX_UNSEEN]:
        place = request.url.partition("#")[0].partition("?")[0]
        if place in told:
            continue
        told.add(place)
        record = _as_frame(request.url)
        via: Via = "frame" if request.page in numbers else "popup"
        seen = DeclaredAt(via, request.visit, request.page, request.method, request=request.id)
        yield from _frame(page, record, seen, "", unread=True)


def _as_frame(url: str) -> FrameRecord:
    return FrameRecord(frame=1, parent=0, url=url, name="")
