"""Where the operator changes while the page stays."""

import pytest

from crawler.derive.claims import handover
from crawler.derive.network import ledger
from crawler.derive.operators.operator import Operators
from tests.bundles import a_request, a_visit, make_bundle

FEED, SHOP = "https://www.tiktok.com/shop", "https://www.tokopedia.com/"
GQL = "https://gql.tokopedia.com/graphql"


@pytest.fixture
def point(tmp_path):
    def point(visits, *requests):
        bundle = make_bundle(tmp_path, visits=visits, requests=requests)
        operators = Operators.on()
        return handover.find_handover(
            ledger.ledger_of(bundle),
            bundle.run.visits,
            lambda entry: operators.operator_of(entry.host, url=entry.url),
        )

    return point


def opened(url, **facts):
    return a_request(url, type="document", frame=url, **facts)


def test_the_first_call_to_the_other_side_under_a_page_that_stays(point):
    found = point(
        [a_visit("entry", url=FEED)],
        opened(FEED),
        a_request("https://www.tiktok.com/api/feed", frame=FEED),
        a_request(GQL, method="POST", frame=FEED),
        a_request(GQL, method="POST", frame=FEED),
    )
    assert (found.request, found.page_operator, found.operator) == (
        "r3",
        "tiktok_bytedance",
        "tokopedia_goto",
    )
    assert (found.page_host, found.host) == ("www.tiktok.com", "gql.tokopedia.com")


def test_it_shows_the_other_way_round_too(point):
    found = point(
        [a_visit("checkout", url=SHOP)],
        opened(SHOP),
        a_request("https://oec-api.tiktokv.com/api/v1/x", frame=SHOP),
    )
    assert found.operator == "tiktok_bytedance"


def test_what_the_guard_refused_counts_as_intended(point):
    refused = a_request(
        "https://oec-api.tiktokv.com/order/create", method="POST", frame=SHOP, state="refused"
    )
    assert point([a_visit("checkout", url=SHOP)], opened(SHOP), refused).request == "r2"


@pytest.mark.parametrize(
    "request_",
    [
        a_request("https://analytics.tiktok.com/api/v2/pixel", frame=SHOP),
        a_request("https://p16-oec-sg.ibyteimg.com/a.jpg", type="image", frame=SHOP),
        a_request("https://cdn.lain.test/a.js", frame=SHOP),
        a_request("https://oec-api.tiktokv.com/x", frame=SHOP, contacted=False, failure="net::ERR_FAILED"),
        a_request("https://oec-api.tiktokv.com/x", frame="https://www.tiktok.com/embed"),
    ],
    ids=["telemetry", "picture", "third party", "never reached", "somebody else's frame"],
)
def test_what_hands_nothing_over(point, request_):
    assert point([a_visit("checkout", url=SHOP)], opened(SHOP), request_) is None


def test_a_page_that_goes_away_is_a_visible_jump(point):
    visits = [a_visit("entry", url=FEED), a_visit("storefront", url=SHOP)]
    assert point(visits, opened(FEED), opened(SHOP, visit=2), a_request(GQL, visit=2, frame=SHOP)) is None
