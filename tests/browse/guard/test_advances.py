"""Which requests are known to advance: the examples that stand beside the rows, and rows that are wrong."""

import re
from urllib.parse import quote

import pytest

from crawler.browse.guard.advances import advance, advances, is_telemetry, parse
from crawler.browse.guard.call import Call
from crawler.browse.guard.orders import judge
from crawler.errors import PolicyError
from crawler.lib import words
from crawler.lib.payload import folded_name

ROWS = advances()


def call(example: str) -> Call:
    method, url, *rest = example.split(" ", 2)
    body = rest[0] if rest else ""
    content_type = "application/json" if body[:1] in ("{", "[") else "application/x-www-form-urlencoded"
    return Call(method, url, "XHR", content_type, body.encode())


def opens(example: str) -> bool:
    """Say whether a request is let go in the phase: a known advance that no order rule refuses."""
    asked = call(example)
    return bool(advance(asked)) and not judge(asked, "payment").rule


@pytest.mark.parametrize(("row", "example"), [(row, e) for row in ROWS for e in row.passes])
def test_what_advances_passes_by_its_own_row(row, example):
    asked = call(example)
    assert row.fits(asked)
    assert advance(asked)
    assert judge(asked, "payment").rule == ""


@pytest.mark.parametrize("example", [example for row in ROWS for example in row.refuses])
def test_what_lies_beside_an_advance_does_not_pass(example):
    assert not opens(example)


@pytest.mark.parametrize("row", ROWS, ids=[f"{n}-{row.system}" for n, row in enumerate(ROWS)])
def test_a_pattern_of_paths_is_anchored_at_its_end(row):
    assert not row.path or row.path.endswith("$")


def test_a_body_that_cannot_be_read_is_no_advance():
    known = "https://shop.example/cart/add"
    assert advance(Call("POST", known, body=b"id=1"))
    assert not advance(Call("POST", known, body=None))
    assert not advance(Call("POST", known, body=b"id=1", encoding="gzip"))
    assert not advance(Call("POST", known, body=b"\x08\x96\x01\x12"))
    assert not advance(Call("POST", known, content_type="application/json", body=b'{"id": 1, "id": 2}'))


def test_the_method_that_the_shop_goes_by_counts():
    known = "https://shop.example/login"
    assert advance(Call("POST", known, body=b"id=1"))
    assert not advance(Call("POST", known, body=b"id=1&_method=DELETE"))
    assert not advance(Call("POST", known, body=b"id=1", override="DELETE"))


def test_every_field_of_a_mutation_must_be_known():
    both = '{"query": "mutation { addToCart(id: 1) { id } x: finishUp { id } }"}'
    spread = (
        '{"query": "mutation { ...F } fragment F on Mutation { addToCart(id: 1) { id } finishUp { id } }"}'
    )
    assert not opens(f"POST https://shop.example/graphql {both}")
    assert not opens(f"POST https://shop.example/graphql {spread}")
    assert opens(
        'POST https://shop.example/graphql {"query": "mutation Checkout { x: addToCart(id: 1) { id } }"}'
    )


NEVER = words.load("advances")["never"]


def never(pair: str) -> bool:
    folded = "=".join(folded_name(part) for part in pair.split("=", 1))
    return re.search(NEVER["pairs"], folded) is not None


@pytest.mark.parametrize("pair", NEVER["holds"])
def test_a_field_that_orders_at_once_makes_no_advance(pair):
    assert never(pair)
    assert not advance(call(f"POST https://shop.example/cart/add id=1&{quote(pair, safe='=')}"))


@pytest.mark.parametrize("pair", NEVER["lacks"])
def test_a_field_that_says_no_or_something_else_does(pair):
    assert not never(pair)


def test_no_known_order_is_a_known_advance():
    """Twice safe: were an order rule lost, the table would not let its examples go, but for the excepted."""
    excepted = {"sylius-cart-that-orders"}  # one address, told apart by fields that an order rule knows
    rules = [rule for rule in words.load("guard")["requests"]["rule"] if rule["id"] not in excepted]
    assert [e for rule in rules for e in rule["refuses"] if advance(call(e))] == []


def test_telemetry_is_known_by_the_table_of_hosts():
    assert is_telemetry("analytics.tiktok.com")
    assert not is_telemetry("pay.tokopedia.com")
    assert not is_telemetry("analytics.tiktok.com.shop.example")


@pytest.mark.parametrize(
    "row",
    [
        {"system": "x", "source": "y", "methods": ["POST"], "passes": ["POST https://a.example/"]},
        {
            "system": "x",
            "source": "y",
            "methods": ["POST"],
            "path": "(",
            "passes": ["POST https://a.example/"],
        },
        {"system": "x", "source": "y", "methods": ["POST"], "path": "/a$"},
        {"system": "x", "source": "y", "methods": ["POST"], "path": "/a$", "passes": ["p"], "hosts": ["a"]},
        {
            "system": "x",
            "source": "y",
            "methods": ["POST"],
            "not_path": "a",
            "not_pairs": "b",
            "passes": ["p"],
        },
    ],
)
def test_a_row_that_is_wrong_is_named(row):
    with pytest.raises(PolicyError, match=r"row 1 \(x\)"):
        parse({"advance": [row]})
