"""What else moved since the last good night: only what both visits show, and nothing of third parties."""

from __future__ import annotations

from datetime import date

import pytest

from crawler.checks.engine import judge
from crawler.history.judged import Judged
from crawler.model.night import JourneyNight, Night, Sighting
from crawler.model.policy import load_brands, load_pack
from crawler.report.morning_moves import MAX_HOSTS, moves_of
from tests.bundles import a_request, a_visit, make_bundle

PAGE = "https://www.tokopedia.com/pay"
MOMENT = "2024-03-12T18:00:00.000Z"


@pytest.fixture
def walk(tmp_path):
    """Return what makes a judged run that asked some addresses on its payment page."""
    runs = {}

    def make(*urls, pay="https://pay.tokopedia.com/v2/payment"):
        name = f"test-shop/20240312T0{len(runs)}0000Z-0000000{len(runs)}"
        card = a_request(
            pay, method="POST", frame=PAGE, body='{"cardNumber": "4"}', content_type="application/json"
        )
        asked = [card, *(a_request(url, frame=PAGE) for url in urls)]
        bundle = make_bundle(
            tmp_path, [a_visit("payment", url=PAGE, text=["Metode pembayaran"])], asked,
            run_id=name.partition("/")[2],
        )  # fmt: skip
        runs[name] = Judged(
            bundle, judge(bundle, load_pack("permendag-31-2023"), load_brands()), load_brands()
        )
        return name

    make.runs = runs
    return make


def moves(walk, old, new, repeat=None):
    good = Sighting(date=date(2024, 3, 11), bundle=old) if old else None
    journey = JourneyNight(target="toko", device="desktop", bundle=new, repeat=repeat, last_good=good)
    night = Night(
        date=date(2024, 3, 12), number=2, began=MOMENT, ended=MOMENT, ended_by="finished", planned=(),
        journeys=(journey,), exit_code=0,
    )  # fmt: skip
    return moves_of(night, walk.runs.get)


def test_ways_of_payment_hosts_and_verdicts_that_moved(walk):
    old, new = walk(), walk(pay="https://cashier-my4a.pipopay.com/pay")
    (view,) = moves(walk, old, new)
    assert ("came", "cashier-my4a.pipopay.com") in [(each.move, each.host) for each in view.hosts]
    assert {each.move for each in view.payments} == {"came", "went"}
    assert "payment" in [each.obligation for each in view.verdicts]


def test_where_nothing_moved_there_is_nothing(walk):
    assert moves(walk, walk(), walk()) == ()
    assert moves(walk, None, walk()) == ()
    assert moves(walk, "test-shop/20200101T000000Z-00000000", walk()) == ()


def test_a_host_of_one_visit_only_did_not_come(walk):
    tiktok = "https://analytics.tiktok.com/x"
    old, new, repeat = walk(), walk(tiktok), walk()
    assert "analytics.tiktok.com" in [each.host for view in moves(walk, old, new) for each in view.hosts]
    assert [each.host for view in moves(walk, old, new, repeat) for each in view.hosts] == []


def test_third_parties_come_and_go_unsaid(walk):
    assert moves(walk, walk(), walk("https://www.googletagmanager.com/gtm.js")) == ()


def test_what_is_not_listed_is_counted(walk):
    old, new = walk(), walk(*(f"https://host{number}.tiktokv.com/x" for number in range(MAX_HOSTS + 3)))
    (view,) = moves(walk, old, new)
    assert (len(view.hosts), view.hosts_left_out) == (MAX_HOSTS, 3)
