"""One reading of a bundle: what is remembered of it is what would be made again."""

import pytest

from crawler.derive import reading
from crawler.derive.claims import payments, sightings
from crawler.derive.network import ledger
from crawler.store.bundle import Bundle
from tests.bundles import a_request, a_visit, make_bundle


@pytest.fixture
def bundle(tmp_path):
    return make_bundle(
        tmp_path,
        [a_visit("storefront", text=["TikTok Shop"]), a_visit("payment", text=["Bayar dengan QRIS"])],
        [
            a_request("https://www.tokopedia.com/", visit=1),
            a_request("https://pay.tokopedia.com/v2/payment", visit=2, method="POST", body="amount=1"),
            a_request("https://mcs.tiktokw.us/v1/list", visit=2),
        ],
    )


def derived(bundle):
    read = reading.BundleReading(bundle)
    return read.ledger, read.claims(bundle.run.as_of), read.sightings, read.lost_lines


def test_what_is_remembered_is_what_was_made(bundle, monkeypatch):
    made = derived(bundle)
    for module, name in ((ledger, "_read"), (payments, "claims"), (sightings, "of_visits")):
        monkeypatch.setattr(module, name, None)  # whoever asks for it fails

    remembered = derived(Bundle(bundle.root))

    assert remembered == made
    assert [claim.claim for claim in made[1]].count("payment") == 1


def test_what_other_code_made_is_made_again(bundle, monkeypatch):
    made = derived(bundle)
    monkeypatch.setattr(reading, "code_sha256", lambda *_: "other")
    monkeypatch.setattr(payments, "claims", lambda *_: made[1][:1])

    assert derived(Bundle(bundle.root))[1] == made[1][:1]
