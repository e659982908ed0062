"""Payment data goes, or is about to go, to a host that no allowed operator runs.

Flags
    A payment request, form, frame, link, code to scan or instruction to pay, or a refused order request,
    whose host is run by the social medium's group, by nobody known, or by somebody not known as a payment
    provider; and a payment form or code that names no address at all.

Why
    Social commerce may not carry out payment in its own electronic system.

How decided
    Payment requests are told by their marks (card fields, gateway fields, QRIS, known gateways, links into
    apps, or two weaker ones). A payment page is also read for what it declares: forms and the labels of
    their buttons, frames shown, refused or late, windows, links and refreshes that lead on, codes to scan
    (by their pixels, their names, or because the page asks to scan), account numbers and payment codes in
    its text. Who runs the host comes from the dated table of hosts and the marks of the serving systems.
    Run by the social medium's group under a name of its own: fails. Under Tokopedia's name, or with marks
    that contradict the table: needs review. Unknown operator, a name made to look like a known one, or a
    known operator that is no known payment provider: needs review. A form or a drawn code without an
    address needs review, whoever runs its page: its script may send anywhere. Links, codes, windows and
    instructions never fail by themselves. Known providers pass; whether they hold a licence is not
    verified. A request whose end is not on record needs review; so does one to the social medium with
    weaker marks on a path for telemetry. What was recorded at no stage is judged at the next one and bears
    the number it was recorded under.

    Requests that the browser's network log alone shows count like any other. A host at payment that only
    the log saw and that nothing explains needs review.

Evidence
    The request in `requests.jsonl`, or in `netlog.json.gz` where that alone shows it; or the visit's forms,
    frames, text, source or pictures, with the marks that told it.

Cannot tell when
    The payment stage was not reached, or no page of it bore the marks of payment, or no means of payment was
    seen there: no form, no frame, no request, sent or refused. Forms or frames could not be read, or the
    network record has gaps: lines missing, a failure of the recorder, a network log that ends before the run,
    or a visit for which no request for its page is on record.

Limits
    Sees what the browser sends and what the captured page declares: scripts in files of their own are not
    read, turned codes and bar codes not decoded. A frame that the page's own policy blocks leaves no address
    on record, and a call whose preflight got no leave was never sent. Where money goes behind the provider
    is not visible. What was refused by the guard is an intended destination, marked `refused`, and was not
    contacted; a request that failed without contact does not count.

Source
    Permendag 31/2023 Pasal 21(3), Permendag 19/2026 Pasal 25(3); hosts: hosts.csv, row by row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from crawler.checks.base import Answer, Need, RuleMeta
from crawler.checks.destinations import by_social, finding_of_claim, meant, unexplained
from crawler.model.policy import PolicyModel
from crawler.model.scenario import Stage

if TYPE_CHECKING:
    from crawler.checks.view import View
    from crawler.derive.claims.payments import Claim
    from crawler.derive.operators.operator import Operator
    from crawler.model.evidence import Visit

OF_THE_PAGE = frozenset({"foreign", "cloaked", "look-alike"})
SAYS = ("via", "host", "owner", "state")

meta = RuleMeta(
    id="foreign-payment-endpoint",
    version=5,
    needs=frozenset({Need.PAYMENTS, Need.LEDGER, Need.OPERATORS}),
    stages=tuple(Stage),
    messages={
        "foreign-payment-endpoint.foreign": SAYS,
        "foreign-payment-endpoint.cloaked": SAYS,
        "foreign-payment-endpoint.unknown-operator": ("via", "host", "state"),
        "foreign-payment-endpoint.look-alike": ("via", "host", "resembles", "state"),
        "foreign-payment-endpoint.no-address": ("via", "how", "host"),
        "foreign-payment-endpoint.unexplained": ("host",),
        "foreign-payment-endpoint.unlisted-provider": SAYS,
    },
    rests_on=(Stage.PAYMENT,),
)


class Params(PolicyModel):
    """Which groups of operators may take payment."""

    allowed: tuple[str, ...] = Field(
        default=("tokopedia_goto", "payment_id"),
        description="groups of the host table that may take payment, beside hosts marked as payment",
    )


def run(view: View, params: Params) -> Answer:
    """Weigh the destination of every payment request, form and frame."""
    claims = meant(view, "payment")
    slugs = [(claim, _what_to_say(claim, params)) for claim in claims]
    passed = {claim.host for claim, slug in slugs if slug is None}
    there = [each for each in view.claims() if _at_payment(view, each)]
    if not there:
        view.lacks(Stage.PAYMENT, "gap.no-claim", stage=Stage.PAYMENT.value)
    weighed = (
        finding_of_claim(view, meta, claim, slug, expected="PT Tokopedia") for claim, slug in slugs if slug
    )
    return Answer(
        (*weighed, *unexplained(view, meta, (Stage.PAYMENT,))),
        {
            "claims": len(there),
            "claims-declared": sum(claim.state == "declared" for claim in there),
            "claims-sent": sum(claim.state == "sent" for claim in there),
            "claims-refused": sum(claim.state == "refused" for claim in there),
            "payment-requests": len(claims),
            "licence-not-verified": len(passed),
        },
    )


def _what_to_say(claim: Claim, params: Params) -> str | None:
    """Return what to say of a claim; of one without an address only what its page's host alone says."""
    slug = _slug(claim.operator, params)
    return "no-address" if claim.unaddressed and slug not in OF_THE_PAGE else slug


def _at_payment(view: View, claim: Claim) -> bool:
    """Say whether something was meant for payment, in whatever state, at the payment page itself."""
    visit = view.visit(claim.visit)
    return claim.claim == "payment" and visit.kind is Stage.PAYMENT and not _is_page(claim, visit)


def _is_page(claim: Claim, visit: Visit) -> bool:
    """Say whether something is the payment page itself, by its address alone: no means of payment yet."""
    opened = {page.url.partition("#")[0] for page in visit.pages}
    return not claim.strong and claim.method == "GET" and claim.url.partition("#")[0] in opened


def _slug(operator: Operator, params: Params) -> str | None:
    social = by_social(operator)
    if social:
        return social
    if operator.resembles:
        return "look-alike"
    if operator.operator in ("unknown", "split"):
        return "unknown-operator"
    if operator.operator in params.allowed or operator.payment in ("yes", "sandbox"):
        return None if operator.operator != "comparator" else "unlisted-provider"
    return "unlisted-provider"
