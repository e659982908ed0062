"""How well payment requests are told: precision and recall over requests in real shapes, printed."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from crawler.derive.claims.payments import claims
from crawler.derive.operators.operator import Operators
from crawler.model.scenario import Stage
from tests.bundles import a_request, a_visit, make_bundle

ROWS = yaml.safe_load(Path(__file__).with_name("payment_requests.yaml").read_text(encoding="utf-8"))[
    "requests"
]
WANTED = 0.99


def request_of(row, visit):
    method, kind, url, body = row[2], row[3], row[4], row[5] if len(row) > 5 else None
    content = "application/json" if str(body).startswith("{") else "application/x-www-form-urlencoded"
    return a_request(url, visit=visit, method=method, type=kind, body=body, content_type=content)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Return for each row whether its request was claimed as payment: one journey through every stage."""
    stages = list(Stage)
    visits = [a_visit(stage, url="https://www.tokopedia.com/page") for stage in stages]
    requests = [request_of(row, stages.index(Stage(row[1])) + 1) for row in ROWS]
    bundle = make_bundle(tmp_path_factory.mktemp("measure"), visits, requests)
    found = {
        claim.request: claim.claim == "payment" for claim in claims(bundle, Operators.on()) if claim.request
    }
    return [found[f"r{number}"] for number in range(1, len(ROWS) + 1)]


def test_the_set_is_large_and_has_both(told):
    assert len(ROWS) >= 120
    assert len({tuple(map(str, row)) for row in ROWS}) == len(ROWS)
    labels = [row[0] for row in ROWS]
    assert min(labels.count("pay"), labels.count("not")) >= 50


def test_precision_and_recall(told, record_property):
    right = sum(said and row[0] == "pay" for said, row in zip(told, ROWS, strict=True))
    precision, recall = right / sum(told), right / sum(row[0] == "pay" for row in ROWS)
    wrong = [
        f"{row[0]} {row[2]} {row[4]}"
        for said, row in zip(told, ROWS, strict=True)
        if said != (row[0] == "pay")
    ]
    record_property(
        "measure",
        f"payment: {len(ROWS)} requests, precision {precision:.3f}, recall {recall:.3f}, wrong: {len(wrong)}",
    )
    assert (precision >= WANTED, recall >= WANTED) == (True, True), "\n".join(wrong)
