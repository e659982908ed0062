"""Claims: marks said as the fields of a claim, and what is declared by nobody's contact."""

from crawler.derive.claims.claim import DeclaredAt, Marks, declared
from crawler.derive.network.request_parts import take_apart
from crawler.derive.operators.operator import Operators


def claim(url, marks, **facts):
    parts = take_apart(url)
    seen = DeclaredAt("link", 5, 2, **facts)
    return declared(seen, marks, parts, Operators.on().operator_of(parts.host))


def test_every_mark_stands_with_its_evidence_and_its_strength():
    marks = Marks(
        "payment", (("gateway", "Snap"),), (("path", "pay"),), (("path", "cart"),), trap="type ping"
    )
    found = claim("https://a.test/pay", marks)
    assert (found.strong, found.medium, found.trap) == (("gateway",), ("path",), "type ping")
    assert found.signals == (("gateway", "Snap"), ("path", "pay"), ("path", "cart"))


def test_what_is_declared_was_contacted_by_nobody():
    found = claim("https://a.test/pay", Marks("payment", ()))
    assert (found.contacted, found.state, found.request, found.visit, found.page) == (
        False, "declared", None, 5, 2,
    )  # fmt: skip


def test_a_link_into_an_app_contacts_no_host():
    assert claim("gojek://pay", Marks("payment", ())).to_app
    assert not claim("https://a.test/", Marks("payment", ())).to_app
