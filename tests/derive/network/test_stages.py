"""At which visit something belongs that no page told of."""

from datetime import datetime

import pytest

from crawler.derive.network.stages import Opening, Stages, opening
from tests.bundles import MOMENT, a_page, a_visit, make_bundle

START_S = datetime.fromisoformat(MOMENT).timestamp()
SHOP, TILL = "https://www.tokopedia.com", "https://kasir.test"


@pytest.fixture
def stages(tmp_path):
    """Storefront at 0 s and product at 10 s on one site, checkout at 20 s on another; documents 1 s later."""
    visits = [
        a_visit("storefront", at=0, pages=[a_page(f"{SHOP}/")]),
        a_visit("product", at=10, pages=[a_page(f"{SHOP}/p")]),
        a_visit("checkout", at=20, pages=[a_page(f"{TILL}/c")]),
    ]
    run = make_bundle(tmp_path, visits=visits).run
    return Stages(run.visits, [Opening(START_S + at, START_S + at) for at in (1, 11, 21)])


@pytest.mark.parametrize(
    ("site", "at", "leaving", "place"),
    [
        (SHOP, 5, True, (1, "top frame", False)),
        (SHOP, 15, False, (2, "top frame", False)),
        (SHOP, 10.5, True, (1, "top frame", True)),  # the click of the product stage, its page not open yet
        (SHOP, 11.5, True, (1, "top frame", True)),
        (SHOP, 11.5, False, (2, "top frame", False)),
        (SHOP, 18, True, (2, "top frame", False)),
        (SHOP, 21.5, True, (2, "top frame", False)),  # the shop's page as it closes, at the till already
        (TILL, 25, True, (3, "top frame", False)),
        (TILL, 60, True, (3, "top frame", False)),
        ("https://lain.test", 15, True, (2, "time", True)),
        ("", 5, True, (1, "time", False)),
        ("", 15, True, (2, "time", True)),
        (SHOP, -3, True, (0, "time", False)),
    ],
)
def test_the_site_of_the_page_comes_before_the_time(stages, site, at, leaving, place):
    assert tuple(stages.place_of(site, START_S + at, leaving=leaving)) == place


@pytest.mark.parametrize(("at", "leaving"), [(0.5, False), (1.5, True), (9, False), (11.2, True), (24, True)])
def test_a_page_is_left_when_another_document_was_just_asked_for_or_the_journey_is_over(stages, at, leaving):
    assert stages.leaving(START_S + at) is leaving


@pytest.mark.parametrize(
    ("at", "place"),
    [(12, (1, "top frame", True)), (16.5, (1, "top frame", True)), (18, (2, "top frame", False))],
)
def test_a_page_stays_until_the_next_one_is_there(tmp_path, at, place):
    """A shop that takes five seconds to answer, or a busy machine: the page before goes on until then."""
    visits = [
        a_visit("storefront", at=0, pages=[a_page(f"{SHOP}/")]),
        a_visit("product", at=10, pages=[a_page(f"{SHOP}/p")]),
        a_visit("checkout", at=30, pages=[a_page(f"{TILL}/c")]),
    ]
    slow = opening(START_S + 10.5, START_S + 15.5)
    stages = Stages(make_bundle(tmp_path, visits=visits).run.visits, [slow])
    assert tuple(stages.place_of(SHOP, START_S + at, leaving=True)) == place
    assert stages.leaving(START_S + at) is place[2]


def test_a_document_that_is_read_for_ever_was_there_before():
    assert opening(100.0, 4_000.0) == (100.0, 130.0)


def test_a_run_without_visits_has_no_places():
    assert tuple(Stages(()).place_of(SHOP, START_S, leaving=True)) == (0, "time", False)
