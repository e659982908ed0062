"""Names made to look like a known one, and names that are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.derive.operators.hosts import HostTable, rows
from crawler.derive.operators.lookalikes import resembles
from crawler.derive.operators.operator import Operators
from crawler.lib.hosts import normalise

TABLE = HostTable(rows())


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("tokopedia.com.evil.test", "tokopedia.com"),
        ("pay.tokopedia.com.evil.test", "tokopedia.com"),
        ("www.tokopedia.com.keranjang.test", "tokopedia.com"),
        ("t0kopedia.com", "tokopedia"),
        ("tokopedla.com", "tokopedia"),
        ("tokopeda.com", "tokopedia"),
        ("tokkopedia.com", "tokopedia"),
        ("tokpoedia.com", "tokopedia"),
        ("t\u043ekopedi\u0430.com", "tokopedia"),
        ("xn--tokopedi-86g.com", "tokopedia"),
        ("tokopedīa.com", "tokopedia"),
        ("t0kopedia-bayar.test", "tokopedia"),
        ("tiktok.com.login.test", "tiktok.com"),
        ("t1ktok.com", "tiktok"),
        ("tokopedia.co", "tokopedia"),
        ("tokopedia-undian.id", "tokopedia"),
        ("kasirtokopedia.com", "tokopedia"),
        ("tokopedia2026.com", "tokopedia"),
        ("pay.tokopedia.com-aman.id", "tokopedia.com"),
        ("snap.midtrans.com.kasir.test", "midtrans.com"),
        ("m\u0456dtrans.com", "midtrans"),
        ("xend\u00edt.co", "xendit"),
        ("rnidtrans.com", "midtrans"),
        ("m1dtran5.com", "midtrans"),
        ("midtramns.com", "midtrans"),
        ("xend1t.co", "xendit"),
        ("xendiit.co", "xendit"),
        ("xednit.co", "xendit"),
        ("bayar-xendit.com", "xendit"),
        ("duitkuofficial.com", "duitku"),
        ("d\u0430na.id", "dana"),
        ("\u043evo.id", "ovo"),
        ("0vo.id", "ovo"),
        ("d0ku.com", "doku"),
        ("faspay-id.com", "faspay"),
        ("shopeepay.co", "shopeepay"),
        ("gopay-hadiah.com", "gopay"),
    ],
)
def test_a_made_up_likeness_is_told(host, name):
    assert resembles(normalise(host), TABLE) == name


@pytest.mark.parametrize(
    "host",
    ["", "localhost", "127.0.0.1", "toko.com", "tokobagus.com", "kopi.test", "goto.example", "gojak.test",
     "shop.co.id", "bytesized.test", "encyclopedia.test", "dokumen.id", "dokuwiki.org", "dana-pensiun.id",
     "danakita.co.id", "danau-toba.id", "finplay.id", "finpays.id", "linkajaib.com", "midtransport.com",
     "duitkuat.id", "stripes.com", "checkouts.id", "flipkart.com", "ovolo.com", "dana.example", "doku.art",
     "midtrans.tokoku.id", "brilio.net", "bcaf.co.id", "tokopediatrik.com", "transmid.id", "espayol.com",
     "nicebay.com", "xn--mnchen-toko-thb.id", "xn--d1acpjx3f.xn--p1ai"],
)  # fmt: skip
def test_an_innocent_name_is_not(host):
    assert resembles(host, TABLE) == ""


@pytest.mark.parametrize(
    "host",
    [
        "www.tokopedia.com",
        "pay.tokopediax.com",
        "www.tiktok.com",
        "new.tokopedia.com",
        "danamon.co.id",
        "app.midtrans.com",
        "ovo.id",
        "bri.co.id",
        "js.stripe.com",
    ],
)
def test_a_known_name_resembles_nothing(host):
    assert Operators.on().operator_of(host).resembles == ""


def test_every_shipped_name_is_known_and_resembles_nothing():
    today = Operators.on()
    assert [
        known.host for known in rows() if known.match == "host" and today.operator_of(known.host).resembles
    ] == []


@given(st.text(max_size=40))
def test_any_name_is_answered(host):
    assert isinstance(resembles(normalise(host), TABLE), str)
