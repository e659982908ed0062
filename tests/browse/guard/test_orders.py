"""Which requests order: the examples that stand beside the rules, and bodies made to confuse."""

import json
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.browse.guard.orders import Call, judge, watched
from crawler.lib import words

RULES = words.load("guard")["requests"]["rule"]
# Source: Chrome DevTools Protocol, Network.ResourceType (https://chromedevtools.github.io/devtools-protocol/).
RESOURCE_TYPES = (
    "Document", "Stylesheet", "Image", "Media", "Font", "Script", "TextTrack", "XHR", "Fetch", "Prefetch",
    "EventSource", "Manifest", "SignedExchange", "Ping", "CSPViolationReport", "Other",
)  # fmt: skip


def call(example: str, kind: str = "XHR") -> Call:
    method, url, *rest = example.split(" ", 2)
    body = rest[0] if rest else ""
    content_type = "application/json" if body[:1] in ("{", "[") else "application/x-www-form-urlencoded"
    return Call(method, url, kind, content_type, body.encode())


@pytest.mark.parametrize(("rule", "example"), [(r["id"], e) for r in RULES for e in r["refuses"]])
def test_an_order_is_refused_by_its_rule(rule, example):
    assert judge(call(example)).rule == rule


@pytest.mark.parametrize("kind", RESOURCE_TYPES)
def test_an_order_is_one_whatever_element_asks_for_it(kind):
    """A script element orders as well as a picture: what is let be is named, not what is refused."""
    missed = [
        example
        for rule in RULES
        if kind not in rule.get("not_types", ())
        for example in rule["refuses"]
        if judge(call(example, kind)).rule != rule["id"]
    ]
    assert missed == []


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
@pytest.mark.parametrize("example", [e for r in RULES for e in r["refuses"] if e.startswith("GET ")])
def test_what_a_page_does_it_does_whatever_part_of_the_answer_is_asked_for(method, example):
    assert judge(call(example.replace("GET", method, 1))).rule


@pytest.mark.parametrize("rule", RULES, ids=[rule["id"] for rule in RULES])
def test_only_an_opened_page_is_excepted(rule):
    assert set(rule.get("not_types", ())) <= {"Document"}
    assert "types" not in rule


@pytest.mark.parametrize("example", [example for rule in RULES for example in rule["refuses"]])
def test_an_order_is_at_an_address_that_is_watched(example):
    url = call(example).url.replace("[", "(")
    assert any(fnmatchcase(url, pattern) for pattern in watched())


@pytest.mark.parametrize("example", [example for rule in RULES for example in rule["passes"]])
def test_what_does_not_order_passes(example):
    kind = "Document" if example.startswith("GET") else "XHR"
    assert judge(call(example, kind)).rule == ""


@pytest.mark.parametrize("rule", RULES, ids=[rule["id"] for rule in RULES])
def test_a_rule_says_where_it_is_from_and_has_examples_of_both_kinds(rule):
    assert rule["source"]
    assert rule["refuses"]
    assert rule["passes"]


def test_a_preflight_and_a_file_are_no_orders():
    assert judge(Call("OPTIONS", "https://shop.example/order/create", preflight=True)).rule == ""
    assert judge(Call("GET", "https://shop.example/place-order/main.js", "Script")).rule == ""


def test_percent_signs_do_not_hide_a_path():
    assert judge(call("POST https://shop.example/order%2Fcreate")).rule == "order-path"


def test_a_body_that_is_not_shown_is_refused():
    unseen = Call("POST", "https://shop.example/graphql", body=None)
    assert judge(unseen).rule == "unreadable-body"


def test_an_operation_without_a_name_is_refused_near_the_order_only():
    nameless = call('POST https://shop.example/graphql {"id": "9f", "variables": {}}')
    assert judge(nameless, "product").rule == ""
    assert judge(nameless, "payment").rule == "unnamed-operation"
    plain = call('POST https://shop.example/graphql {"query": "{ cart { id } }"}')
    assert judge(plain, "payment").rule == ""


def test_fields_are_named_and_values_are_not():
    found = judge(call("POST https://shop.example/order/create?token=1 name=Siti&card=4111"))
    assert found.fields == ("token", "name", "card")


def test_multipart_graphql():
    body = (
        b'--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n'
        + json.dumps({"query": "mutation { placeOrder { id } }"}).encode()
        + b"\r\n--x--\r\n"
    )
    sent = Call("POST", "https://shop.example/graphql", "XHR", "multipart/form-data; boundary=x", body)
    assert judge(sent).rule == "order-operation"


@given(st.binary(max_size=300), st.sampled_from(["", "application/json", "multipart/form-data; boundary=x"]))
def test_no_body_breaks_it(body, content_type):
    judge(Call("POST", "https://shop.example/graphql/x?a=%ff&operations=[", "XHR", content_type, body))


@given(st.text(alphabet='{}()"#\\@$. \nabmutationplaceOrder', max_size=200))
def test_no_document_breaks_it(document):
    judge(call("POST https://shop.example/graphql " + json.dumps({"query": document})))


@given(st.text(alphabet='{}() \n#"', max_size=20))
def test_noise_before_a_mutation_in_a_comment_or_string_hides_nothing(noise):
    hidden = "".join(noise.splitlines())
    document = f"# {hidden}\nmutation M {{ note(text: {json.dumps(hidden)}) {{ id }} placeOrder {{ id }} }}"
    assert judge(call("POST https://shop.example/graphql " + json.dumps({"query": document}))).rule
