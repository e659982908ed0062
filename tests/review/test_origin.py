"""A proxy that is named is believed: whom it let in, and from where they come."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

import pytest

PROXY = "10.9.0.1"


@pytest.fixture
def behind_proxy(desk, with_desk):
    entrance = replace(
        desk.entrance, token=None, proxies=(ip_network("10.9.0.0/30"),), user_header="X-Remote-User"
    )
    return with_desk(entrance=entrance)


def test_whom_a_named_proxy_lets_in_is_in(visit, behind_proxy):
    client = visit(to=behind_proxy, peer=PROXY, **{"X-Remote-User": "Reviewer"})
    assert client.get("/api/me").json() == {"name": "reviewer", "roles": ["reviewer"], "origin": "proxy"}
    assert client.get("/accounts").status_code == 403


@pytest.mark.parametrize(
    ("peer", "forwarded", "noted"),
    [
        (PROXY, "203.0.113.9", "203.0.113.9"),
        (PROXY, "198.51.100.7, 203.0.113.9", "203.0.113.9"),  # the first is what the browser made up
        (PROXY, "203.0.113.9, 10.9.0.2", "203.0.113.9"),  # two proxies of ours, one behind the other
        (PROXY, "", PROXY),
        ("::ffff:10.9.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.8.0.1", "203.0.113.9", "10.8.0.1"),
    ],
)
def test_the_log_has_the_address_that_a_named_proxy_wrote(  # noqa: PLR0917 - fixtures and a row
    visit, desk, behind_proxy, peer, forwarded, noted
):
    client = visit("viewer", to=behind_proxy, peer=peer, **{"X-Forwarded-For": forwarded})
    client.post("/log-out")
    asked = next(entry for entry in desk.custody.entries() if entry["action"] == "asked")
    assert (asked["who"], asked["address"]) == ("viewer", noted)
