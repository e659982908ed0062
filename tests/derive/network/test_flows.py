"""Whose business a flow is: a page's, the browser's own, or that of the capture."""

import pytest

from crawler.derive.network.flows import Flow
from crawler.lib import words

OWN, TOOL = words.load("traffic")["own"], words.load("traffic")["tool"]["names"]


def flow(kind="request", **facts):
    return Flow(
        id="n1", time="2024-03-12T02:00:00.000Z", kind=kind, url="https://a.test/", host="a.test", **facts
    )


@pytest.mark.parametrize("annotation", TOOL)
def test_what_the_capture_asked_for_is_no_pages(annotation):
    assert flow(annotation=annotation).asked_by_tool
    assert flow(annotation=annotation).own


@pytest.mark.parametrize("annotation", OWN["names"])
def test_the_browsers_own_requests(annotation):
    assert flow(annotation=annotation).own
    assert not flow(annotation=annotation).asked_by_tool or annotation in TOOL


def test_a_request_of_a_page_is_the_pages():
    assert not flow(top_site="https://a.test").own


def test_connections_are_the_browsers_own_by_host_and_for_no_page_only():
    host = OWN["hosts"][0]
    own = flow("connection").model_copy(update={"host": host})
    assert own.own
    assert not own.model_copy(update={"top_site": "https://a.test"}).own
    assert not flow("connection").own


def test_datagrams_to_all_machines_around_are_no_contact_of_a_page():
    assert flow("datagrams", to_group=True, top_site="https://a.test").own
