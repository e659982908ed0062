"""Weighs where a payment or checkout request goes: by who runs the host, not by what it is called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from crawler.checks.base import Found, message
from crawler.derive.network import ledger
from crawler.derive.operators.groups import groups
from crawler.derive.operators.operator import DECISIVE
from crawler.lib.hosts import host_of
from crawler.model.finding import Locus
from crawler.store import layout

if TYPE_CHECKING:
    from crawler.checks.base import RuleMeta
    from crawler.checks.view import View
    from crawler.derive.claims.payments import Claim, ClaimKind
    from crawler.derive.network.ledger import Entry
    from crawler.derive.operators.operator import Operator
    from crawler.model.evidence import ArtifactKind, Visit
    from crawler.model.scenario import Stage

UNENDED = "unended"
HINTS = frozenset({"link", "picture", "text", "popup"})  # a person has to say what they lead to
DECLARED_IN: dict[str, tuple[ArtifactKind, ...]] = {
    "form": ("forms",),
    "frame": ("frames",),
    "link": ("text", "html"),
    "popup": ("text",),
    "picture": ("text", "fullpage"),
    "text": ("text",),
}
STRONG = 0.95
MEDIUM = 0.75
SURENESS = {"high": 1.0, "medium": 0.85, "low": 0.6, "none": 0.6}

_VARIABLE = re.compile(r"^(\d{2,}|[0-9a-f]{8,}|[0-9a-f-]{16,}|.*\d{4,}.*)$", re.IGNORECASE)


def meant(view: View, kind: ClaimKind) -> tuple[Claim, ...]:
    """Return the claims of a kind that count: answered, refused by the guard, or declared by the page.

    A request that is on record as failed without contact does not count. One whose end is not on record does:
    it may have arrived; so does a link into an app, which no host answers.
    """
    return tuple(
        claim
        for claim in view.claims()
        if claim.claim == kind
        and (claim.contacted or claim.unended or claim.to_app or claim.state in ("refused", "declared"))
    )


def own_documents(view: View, stages: tuple[Stage, ...]) -> tuple[Claim, ...]:
    """Return the documents that pages of these stages are, where a page bears its stage's marks.

    They are what they are by what they show: their addresses need not speak of it.
    """
    pages = {
        (visit.ordinal, _without_fragment(page.url))
        for visit in _confirmed(view, stages)
        for page in visit.pages
    }
    return tuple(
        claim
        for claim in view.claims()
        if claim.via == "request" and claim.claim == "other" and claim.contacted
        if (view.visit(claim.visit).ordinal, _without_fragment(claim.url)) in pages
    )


def heard(view: View, stages: tuple[Stage, ...]) -> int:
    """Return how many requests went to the hosts of pages that bear the marks of these stages."""
    hosts = {visit.ordinal: {host_of(page.url) for page in visit.pages} for visit in _confirmed(view, stages)}
    return sum(
        claim.via == "request"
        and claim.contacted
        and claim.host in hosts.get(view.visit(claim.visit).ordinal, ())
        for claim in view.claims()
    )


def _confirmed(view: View, stages: tuple[Stage, ...]) -> list[Visit]:
    return [visit for visit in view.visits if visit.kind in stages and view.confirmed(visit)]


def _without_fragment(url: str) -> str:
    return url.partition("#")[0]


def by_social(operator: Operator) -> Literal["foreign", "cloaked"] | None:
    """Say whether the social medium's group runs a host: under its own name, or under the shop's.

    Marks of its systems, its network, or its names behind the host, against what the table says, count as
    cloaked: a person must look.
    """
    if operator.operator == groups().social:
        return "cloaked" if operator.name_class == groups().shop else "foreign"
    return "cloaked" if set(DECISIVE) & set(operator.conflicts) else None


def ladder(operator: Operator) -> str:
    """Return every rung of a ladder in one line: its name, what it says, and by which evidence."""
    return "; ".join(
        f"{rung.name}: {rung.operator or rung.result}" + (f" ({rung.evidence})" if rung.evidence else "")
        for rung in operator.rungs
    )


def finding_of_claim(view: View, meta: RuleMeta, claim: Claim, slug: str, *, expected: str) -> Found:
    """Return the finding on a claim; `slug` ends the message id and `foreign` alone fails.

    It fails only if the claim is sure: not where its fate is unknown, nor where it may be telemetry.
    """
    visit = view.visit(claim.visit)
    state = UNENDED if claim.unended else claim.state
    facts: dict[str, Any] = {
        "host": claim.host,
        "owner": claim.operator.owner,
        "state": state,
        "rungs": ladder(claim.operator),
        "via": claim.via,
        "how": claim.unaddressed,
        "resembles": claim.operator.resembles,
    }
    declared = meta.messages[f"{meta.id}.{slug}"]
    sure = STRONG if claim.strong or claim.claim != "payment" else MEDIUM
    return Found(
        outcome="fail" if slug == "foreign" and _is_sure(claim) else "needs_review",
        visit=visit,
        locus=Locus(
            page=claim.page, channel=claim.via, element=view.stray(claim.visit), request=claim.request
        ),
        observed=claim.host,
        expected=expected,
        message=message(f"{meta.id}.{slug}", **{name: facts[name] for name in declared}),
        confidence=round(sure * SURENESS[claim.operator.confidence], 2),
        evidence=_evidence(claim, visit),
        key=(claim.via, claim.host, path_template(claim.url)),
        url=claim.url,
    )


def unexplained(view: View, meta: RuleMeta, stages: tuple[Stage, ...]) -> tuple[Found, ...]:
    """Return a finding for each host at these stages that the network log alone saw and nothing explains.

    What a page sends as it closes is explained, and so are preflights, icons and the like; but a host that
    nobody knows and that was sent a body needs a person to look.
    """
    entries = view.entries()
    pages_saw = {entry.host for entry in entries if entry.seen_by != (ledger.NETLOG,)}
    hosts: dict[tuple[int, str], Entry] = {}
    for entry in entries:
        visit = view.visit(entry.visit)
        unseen = entry.contacted and not entry.own and entry.host not in pages_saw
        if unseen and visit.kind in stages and _is_unexplained(view, entry):
            hosts.setdefault((visit.ordinal, entry.host), entry)
    return tuple(_unexplained(view, meta, entry) for entry in hosts.values())


def _is_unexplained(view: View, entry: Entry) -> bool:
    operator = view.operator(entry.host, url=entry.url).operator
    if entry.cause == ledger.UNEXPLAINED:
        return operator not in groups().explained
    return bool(entry.body_bytes) and operator in ("unknown", "split")


def _unexplained(view: View, meta: RuleMeta, entry: Entry) -> Found:
    return Found(
        outcome="needs_review",
        visit=view.visit(entry.visit),
        locus=Locus(page=1, channel="request", element=view.stray(entry.visit), request=entry.id),
        observed=entry.host,
        expected="",
        message=message(f"{meta.id}.unexplained", host=entry.host),
        confidence=MEDIUM,
        evidence=(layout.NETLOG,),
        key=("unexplained", entry.host),
        url=entry.url,
    )


def _is_sure(claim: Claim) -> bool:
    doubtful = claim.claim == "payment" and claim.trap and not claim.strong
    return not claim.unended and not doubtful and not claim.unaddressed and claim.via not in HINTS


def path_template(url: str) -> str:
    """Return the path of a URL with what varies from night to night (numbers, ids) put as `*`."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    return "/".join("*" if _VARIABLE.match(part) else part for part in path.split("/"))


def recorded_in(seen_by: tuple[str, ...]) -> str:
    """Return the file that a request stands in: the network log where that alone saw it."""
    return layout.NETLOG if seen_by == (ledger.NETLOG,) else layout.REQUESTS


def _evidence(claim: Claim, visit: Visit) -> tuple[str, ...]:
    if claim.via == "request" or (claim.request and claim.state == "declared"):
        return (recorded_in(claim.seen_by),)
    if claim.via == "refusal":
        return (layout.REFUSALS,)
    kinds = DECLARED_IN[claim.via]
    return tuple(each.path for kind in kinds for each in visit.artifacts_of(kind, claim.page))
