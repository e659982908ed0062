"""An identifier of the shopper goes to the social medium's systems.

Flags
    A request from a shopping page to a host that the social medium's group runs (social, ads, telemetry,
    identity), carrying a value by which the shop knows the shopper.

Why
    The trading system may not be interconnected with systems outside it, and users' data may not be misused
    by the provider or its affiliates.

How decided
    Values in query, cookies, headers and body of such a request are compared with those that the shop keeps
    in cookies and storage or sends to its own hosts. Secret values were replaced at capture by hashes
    that are equal where the values were. An equal value that is an identifier by its form and name fails.
    A field that is named as a shopper's identifier and holds another value needs review: it may be the
    same, hashed. Of a hashed value one side at least must name it as an identifier, and the shop must not
    keep it under many names, since short flags have equal hashes too.
    Requests of the social medium's own pages are left out.

Evidence
    The request in `requests.jsonl`, the field and where the shop keeps the same value.

Cannot tell when
    A required stage was not reached, no page of a shop was seen by its marks, no request of one is on record,
    storage could not be read, or the network record has gaps: lines
    missing, a failure of the recorder, or a visit for which no request for its page is on record.

Limits
    Seeing an identifier leave is not seeing what is done with it: an indication. Values that are hashed by
    the page, or sent from server to server, are not seen as equal. Bodies that were not kept are not read.

Source
    Permendag 31/2023 Pasal 13(3), Permendag 19/2026 Pasal 18(4); hosts, roles: hosts.csv; fields: the pack.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import Field

from crawler.checks.base import Answer, Found, Need, RuleMeta, message
from crawler.checks.destinations import recorded_in
from crawler.checks.values import values_of, words_of
from crawler.lib.hosts import host_of, registrable
from crawler.model.finding import Locus
from crawler.model.policy import PolicyModel
from crawler.model.scenario import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.checks.values import Value
    from crawler.checks.view import View
    from crawler.model.evidence import Request

HASH = re.compile(r"^h:[0-9a-f]{16}$")
SAME, NAMED = 0.9, 0.5
COMMON_NAMES = 4  # a value kept under so many names is a flag, no identifier

_Kept = dict[str, str]  # name a value goes under → what carries it

meta = RuleMeta(
    id="cross-system-data",
    version=5,
    needs=frozenset({Need.REQUESTS, Need.STORAGE, Need.OPERATORS}),
    stages=tuple(stage for stage in Stage if stage is not Stage.ENTRY),
    messages={
        "cross-system-data.same-identifier": ("host", "field", "carrier", "source"),
        "cross-system-data.identifier-named": ("host", "field", "carrier"),
    },
    shopping=True,
)


class Params(PolicyModel):
    """Which hosts are the social medium's, and what an identifier looks like."""

    social: tuple[str, ...] = Field(
        default=("tiktok_bytedance",), description="groups of the host table that run the social medium"
    )
    roles: tuple[str, ...] = Field(description="roles of hosts that belong to the social medium's system")
    min_chars: int = Field(default=8, ge=4, description="signs that an identifier has at least")
    identifier_words: tuple[str, ...] = Field(description="words in the names of fields that identify")
    other_words: tuple[str, ...] = Field(description="words in the names of fields that do not")
    shopper_fields: tuple[str, ...] = Field(description="fields that are named as a shopper's identifier")
    source: str = Field(description="where the names come from")


def run(view: View, params: Params) -> Answer:
    """Compare what goes to the social medium's hosts with what the shop knows the shopper by."""
    requests = [_as_sent(view, request) for request in view.requests() if _left(view, request)]
    social = [request for request in requests if _is_social(view, request, params)]
    known = _values_known(view, params, [request for request in requests if _is_shops(view, request)])
    found = [each for request in social for each in _findings_in(view, params, request, known)]
    hosts = {host_of(request.url) for request in social}
    shopping = {visit.ordinal for visit in view.shopping()}
    at_shop = sum(view.visit(request.visit).ordinal in shopping for request in requests)
    if shopping and not at_shop:
        view.lacks(Stage.STOREFRONT, "gap.no-shopping-request")
    return Answer(
        tuple(found), {"requests": len(requests), "shopping-requests": at_shop, "hosts": len(hosts)}
    )


def _left(view: View, request: Request) -> bool:
    """Say whether a request left the browser, or would have but for the guard."""
    if request.state == "refused":
        return True
    response = view.responses().get(request.id)
    return request.state == "sent" and (response is None or response.contacted)


def _as_sent(view: View, request: Request) -> Request:
    """Return a request with the headers it had on the wire: its cookies are known only afterwards."""
    response = view.responses().get(request.id)
    sent = response.sent_headers if response else {}
    return request.model_copy(update={"headers": {**request.headers, **sent}}) if sent else request


def _is_social(view: View, request: Request, params: Params) -> bool:
    operator = view.operator(host_of(request.url), url=request.url)
    return operator.operator in params.social and operator.role in params.roles


def _is_shops(view: View, request: Request) -> bool:
    """Say whether a request goes to the site that the visit's own page belongs to."""
    urls = view.visit(request.visit).urls
    return registrable(host_of(request.url)) in {registrable(host_of(url)) for url in urls}


def _values_known(view: View, params: Params, requests: list[Request]) -> dict[str, _Kept]:
    """Return the values by which the shop may know the shopper, each with where it keeps it."""
    known: dict[str, _Kept] = {}
    for request in requests:
        for value in values_of(request, view.body(request)):
            if HASH.match(value.value) or _tells_apart(value, params):
                known.setdefault(value.value, {}).setdefault(value.name, value.carrier)
    for visit in view.visits:
        sites = {registrable(host_of(url)) for url in visit.urls}
        for item in view.storage(visit):
            if item.value_hash and registrable(_host(item.origin)) in sites:
                known.setdefault(item.value_hash, {}).setdefault(item.name, item.area)
    return known


def _host(origin: str) -> str:
    """Return the host of an origin; cookies name a bare domain, perhaps with a leading dot."""
    return host_of(origin) or origin.lstrip(".")


def _findings_in(view: View, params: Params, request: Request, known: dict[str, _Kept]) -> Iterator[Found]:
    for value in values_of(request, view.body(request)):
        kept = known.get(value.value)
        if kept and _is_same_identifier(value, kept, params):
            name, carrier = next(iter(kept.items()))
            yield _finding(view, request, value, f"{carrier} {name}")
        elif _names_shopper(value, params):
            yield _finding(view, request, value, None)


def _is_same_identifier(value: Value, kept: _Kept, params: Params) -> bool:
    """Say whether a value that both sides have is the shopper's identifier.

    A hash says nothing of what it stands for, and cookies also hold `1` or nothing: one that the shop keeps
    under many names is such a value, and one side has to name it as an identifier.
    """
    if not HASH.match(value.value):
        return _tells_apart(value, params)
    named = any(_names_identifier(name, params) for name in (value.name, *kept))
    return named and len(kept) < COMMON_NAMES


def _tells_apart(value: Value, params: Params) -> bool:
    """Say whether a plain value tells one shopper from another, by its form and the name it goes under."""
    long_enough = len(value.value) >= params.min_chars and any(sign.isdigit() for sign in value.value)
    return long_enough and _names_identifier(value.name, params)


def _names_identifier(name: str, params: Params) -> bool:
    words = words_of(name)
    return bool(words & set(params.identifier_words)) and not words & set(params.other_words)


def _names_shopper(value: Value, params: Params) -> bool:
    name = value.name.lower().replace("-", "_")
    return name in params.shopper_fields and len(value.value) >= params.min_chars


def _finding(view: View, request: Request, value: Value, source: str | None) -> Found:
    host = host_of(request.url)
    facts = {"host": host, "field": value.name, "carrier": value.carrier}
    said = (
        message(f"{meta.id}.same-identifier", **facts, source=source)
        if source
        else message(f"{meta.id}.identifier-named", **facts)
    )
    return Found(
        outcome="fail" if source else "needs_review",
        visit=view.visit(request.visit),
        locus=Locus(
            page=request.page,
            channel=value.carrier,
            element=view.stray(request.visit),
            request=request.id,
        ),
        observed=host,
        expected="",
        message=said,
        confidence=SAME if source else NAMED,
        evidence=(recorded_in(request.seen_by),),
        key=(host, value.carrier, value.name, "same" if source else "named"),
        url=request.url,
    )
