"""Cart and checkout run on a back end that is not Tokopedia's.

Flags
    A cart or checkout call whose host is run by the social medium's group, by nobody known, or by somebody
    who is neither Tokopedia nor a payment provider.

Why
    The shop was to be moved to Tokopedia's systems, not recoloured: the ministry asked for the whole system
    to be managed by PT Tokopedia.

How decided
    Cart and checkout calls are told by path, GraphQL operation and host role; pictures, scripts, telemetry
    and content networks are not among them, and what is payment is judged as payment. The
    document of a page that bears the marks of cart or checkout is one, whatever its address. Run by the
    social medium's group under a name of its own: fails. Under Tokopedia's name: left to `cloaked-backend`.
    Unknown operator, a name made to look like a known one, or another operator: needs review, and so does a
    request whose end is not on record. Before the product page only calls that create an order count, refused
    ones too.
    Requests that the browser's network log alone shows count like any other. A host at cart or checkout
    that only the log saw and that nothing explains needs review.

Evidence
    The request in `requests.jsonl`, or in `netlog.json.gz` where that alone shows it, with the marks
    that told it.

Cannot tell when
    Cart or checkout was not reached, or no page of it bore the marks of its stage, or no request of such a
    page is on record. The network record has gaps: lines missing, a failure of the recorder, a network log
    that ends before the run, or a visit for which no request for its page is on record.

Limits
    Sees the first host behind the page, not what stands behind that host. A call whose body could not be kept
    may hide a checkout operation. Refused requests count as intended destinations.

Source
    Kemendag, 12 March 2024 (Bloomberg Technoz); Permendag 31/2023 Pasal 21(3) and 13(3)a, 19/2026 Pasal 25(3)
    and 18(4)a; hosts: hosts.csv, row by row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from crawler.checks.base import Answer, Need, RuleMeta
from crawler.checks.destinations import by_social, finding_of_claim, heard, meant, own_documents, unexplained
from crawler.model.policy import PolicyModel
from crawler.model.scenario import Stage

if TYPE_CHECKING:
    from crawler.checks.view import View
    from crawler.derive.claims.payments import Claim
    from crawler.derive.operators.operator import Operator

OWN = (Stage.CART, Stage.CHECKOUT)
EARLY = (Stage.ENTRY, Stage.STOREFRONT, Stage.SEARCH)
SAYS = ("host", "owner", "state")

meta = RuleMeta(
    id="foreign-checkout-backend",
    version=4,
    needs=frozenset({Need.PAYMENTS, Need.LEDGER, Need.OPERATORS}),
    stages=(Stage.PRODUCT, Stage.CART, Stage.CHECKOUT, Stage.PAYMENT),
    messages={
        "foreign-checkout-backend.foreign": SAYS,
        "foreign-checkout-backend.unknown-operator": ("host", "state"),
        "foreign-checkout-backend.look-alike": ("host", "resembles", "state"),
        "foreign-checkout-backend.unexplained": ("host",),
        "foreign-checkout-backend.other-operator": SAYS,
    },
    rests_on=OWN,
)


class Params(PolicyModel):
    """Which groups of operators may run cart and checkout."""

    allowed: tuple[str, ...] = Field(
        default=("tokopedia_goto", "payment_id"),
        description="groups of the host table that may run cart and checkout",
    )


def run(view: View, params: Params) -> Answer:
    """Weigh the destination of every cart and checkout call."""
    claims, documents = _claims(view), own_documents(view, OWN)
    own = heard(view, OWN)
    if not claims and not own:
        view.lacks(Stage.CHECKOUT, "gap.no-checkout")
    slugs = [(claim, _slug(claim.operator, params)) for claim in (*claims, *documents)]
    weighed = (
        finding_of_claim(view, meta, claim, slug, expected="PT Tokopedia") for claim, slug in slugs if slug
    )
    return Answer(
        (*weighed, *unexplained(view, meta, OWN)),
        {"checkout-requests": len(claims), "page-requests": own},
    )


def _claims(view: View) -> tuple[Claim, ...]:
    """Return cart and checkout calls of the rule's stages, and orders created before them."""
    calls = [claim for claim in meant(view, "checkout") if view.visit(claim.visit).kind in meta.stages]
    early = [
        claim
        for claim in (*meant(view, "checkout"), *meant(view, "payment"))
        if view.visit(claim.visit).kind in EARLY and _creates_order(claim)
    ]
    return (*calls, *early)


def _creates_order(claim: Claim) -> bool:
    return any(name in ("creates-order", "refused-order") for name, _ in claim.signals)


def _slug(operator: Operator, params: Params) -> str | None:
    social = by_social(operator)
    if social:
        return "foreign" if social == "foreign" else None  # the rest is what cloaked-backend is for
    if operator.resembles:
        return "look-alike"
    if operator.operator in ("unknown", "split"):
        return "unknown-operator"
    return None if operator.operator in params.allowed else "other-operator"
