"""The back end bears Tokopedia's name, and by the evidence the social medium's group runs it.

Flags
    A cart, checkout or payment request, form or frame whose host is Tokopedia's by name and ByteDance's by
    operator; or whose system, network or names behind it contradict what the table of hosts says.

Why
    The back end must have moved, not only the names: a host name does not prove who operates it.

How decided
    The ladder of evidence is climbed for each host and every rung is cited: exact host, pattern, domain,
    marks of the serving system, hints, names behind the host (CNAME), certificate of the very connection,
    network number. Nobody can settle from outside what such a host means, so each needs review. One finding
    a host and stage, however many requests there were.

Evidence
    The request in `requests.jsonl`, or in `netlog.json.gz` where that alone shows it, or the visit's forms or
    frames; every rung of the ladder stands in the finding. Address and certificate come from
    `netlog.json.gz`.

Cannot tell when
    Cart or checkout was not reached, or no page of it bore the marks of its stage, or no request of such a
    page is on record. The network record has gaps: lines missing, a failure of the recorder, a network log
    that ends before the run, or a visit for which no request for its page is on record.

Limits
    A certificate and identifiers that a page sends are hints and decide nothing. A content network that
    serves both groups proves nothing either. What stands behind the first host is not visible.

Source
    Kemendag, 12 March 2024 (Bloomberg Technoz); Permendag 31/2023 Pasal 21(3) and 13(3)a, 19/2026 Pasal 25(3)
    and 18(4)a; hosts: hosts.csv, row by row; networks: networks.csv.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.checks.base import Answer, Need, RuleMeta
from crawler.checks.destinations import by_social, finding_of_claim, meant, own_documents
from crawler.model.policy import PolicyModel
from crawler.model.scenario import Stage

if TYPE_CHECKING:
    from crawler.checks.base import Found
    from crawler.checks.view import View
    from crawler.derive.claims.payments import Claim

OWN = (Stage.CART, Stage.CHECKOUT)
SAYS = ("host", "owner", "state", "rungs")

meta = RuleMeta(
    id="cloaked-backend",
    version=2,
    needs=frozenset({Need.PAYMENTS}),
    stages=(Stage.PRODUCT, Stage.CART, Stage.CHECKOUT, Stage.PAYMENT),
    messages={"cloaked-backend.named": SAYS, "cloaked-backend.contradicted": SAYS},
    fails=False,
    rests_on=OWN,
)


class Params(PolicyModel):
    """The rule has no parameters."""


def run(view: View, params: Params) -> Answer:  # noqa: ARG001 - the signature of every rule
    """Cite the ladder of every host that takes cart, checkout or payment under another's name."""
    claims = [
        claim
        for claim in (*meant(view, "checkout"), *meant(view, "payment"), *own_documents(view, OWN))
        if view.visit(claim.visit).kind in meta.stages
    ]
    hosts: dict[tuple[int, str], Found] = {}
    for claim in claims:
        if by_social(claim.operator) == "cloaked":
            hosts.setdefault((claim.visit, claim.host), _finding_of(view, claim))
    return Answer(tuple(hosts.values()), {"hosts": len({claim.host for claim in claims})})


def _finding_of(view: View, claim: Claim) -> Found:
    slug = "named" if "name" in claim.operator.conflicts else "contradicted"
    return finding_of_claim(view, meta, claim, slug, expected="PT Tokopedia")
