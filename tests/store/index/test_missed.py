"""What could not be observed, and which hosts were contacted, over all runs."""

from __future__ import annotations

import pytest

from crawler.checks.engine import judge, write
from crawler.model.policy import load_brands, pack_in_force
from crawler.store import index
from crawler.store.index.missed import contacted_hosts, missed
from tests.bundles import a_request, a_visit, make_bundle


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("missed")
    requests = [
        a_request("https://siapa.test/a"),
        a_request("https://siapa.test/b", state="refused"),
        a_request("https://tidak.test/", answered=False),
    ]
    for number in range(3):
        visits = [
            a_visit("storefront", text=["Shop | Tokopedia"]),
            a_visit("payment", reached=False, reason="timeout"),
        ]
        made = make_bundle(folder, visits, requests, run_id=f"20240312T020000Z-{number:08x}", target="toko-a")
        write(made, judge(made, pack_in_force(made.run.as_of), load_brands()))
    (made.root / "tagmanifest-sha256.txt").unlink()
    index.update(folder / "snapshots")
    return folder / "snapshots"


def test_the_same_on_many_nights_is_one_line(out):
    found = [each for each in missed(out) if each.stage == "payment" and each.message == "gap.unreached"]
    assert found
    assert all(each.runs == 2 for each in found)
    assert {each.params["reason"] for each in found} == {"timeout"}
    assert {"foreign-payment-endpoint"} <= {rule for each in found for rule in each.rules}


def test_a_run_that_was_not_sealed_comes_first(out):
    assert missed(out)[0].message == "review.unobserved.unsealed"


def test_of_one_target_alone(out):
    assert {each.target for each in missed(out, target="toko-a")} == {"toko-a"}
    assert missed(out, target="toko-b") == ()


def test_hosts_are_those_that_were_reached_or_refused(out):
    found = {each.host: each for each in contacted_hosts(out)}
    assert "tidak.test" not in found
    assert (found["siapa.test"].requests, found["siapa.test"].runs) == (4, 2)
