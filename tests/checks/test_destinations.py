"""Where requests go: path templates, and which claims count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.checks.destinations import path_template


@pytest.mark.parametrize(
    ("url", "template"),
    [
        ("https://a.test/v2/payment/intent?x=1", "/v2/payment/intent"),
        ("https://a.test/order/3808812345/pay", "/order/*/pay"),
        ("https://a.test/snap/v4/redirection/demo-3c1f", "/snap/v4/redirection/demo-3c1f"),
        ("https://a.test/s/0a1b2c3d4e5f6071", "/s/*"),
        ("https://a.test/s/550e8400-e29b-41d4-a716-446655440000/x", "/s/*/x"),
        ("https://[a/", ""),
    ],
)
def test_what_varies_is_left_out(url, template):
    assert path_template(url) == template


@given(st.integers(10_000), st.integers(10_000))
def test_two_nights_give_the_same_path(one, other):
    assert path_template(f"https://a.test/order/{one}") == path_template(f"https://a.test/order/{other}")


@given(st.text())
def test_any_address_has_a_template(url):
    path_template(url)
