"""Names that go on behind the words looked for are another company's; what else follows a name is not."""

from __future__ import annotations

from datetime import date

import pytest

from crawler.checks import statements
from crawler.checks.statements import BREAK
from crawler.model.policy import load_brands

SENTENCES = load_brands().stated("e-commerce", date(2026, 7, 1))


def whole(text):
    said = statements.best(text, SENTENCES, whole=True)
    return said.grade if said else None


@pytest.mark.parametrize(
    "text",
    [
        "disediakan oleh PT Tokopedia Palsu Jaya",
        "Diproses oleh Tokopedia Care",
        "dikelola oleh PT. Tokopedia Indonesia",
        "DISEDIAKAN OLEH PT TOKOPEDIA NUSANTARA ABADI",
        "disediakan oleh pt tokopedia mitra sejahtera",
        "disediakan oleh PT Tokopedia-X",
        "disediakan oleh PT Tokopedia Tbk. Sentosa",
        "provided by Tokopedia.example",
        "diterbitkan oleh PT Tokopedia 88",
        "operated by PT Tokopedia \u6709\u9650\u516c\u53f8",
        "disediakan oleh PT Tokopedia\n  Logistik",
    ],
)
def test_a_name_that_goes_on_is_another_company(text):
    assert whole(text) == "open"


@pytest.mark.parametrize("text", ["disediakan oleh PT Tokopediana", "Diproses oleh Tokopedian Care"])
def test_a_longer_word_is_another_name(text):
    assert whole(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "disediakan oleh PT Tokopedia Tbk.",
        "disediakan oleh PT Tokopedia, Tbk. Semua hak dilindungi",
        "disediakan oleh PT Tokopedia (Persero) dan mitranya",
        "Disediakan Oleh PT Tokopedia Untuk Anda",
        "DISEDIAKAN OLEH PT TOKOPEDIA MELALUI APLIKASI SHOP",
        "DISEDIAKAN OLEH PT TOKOPEDIA.",
        "disediakan oleh pt tokopedia yang berkantor di jakarta",
        "Disediakan oleh TOKOPEDIA sebagai penyelenggara",
        "disediakan oleh Tokopedia 2026",
        "disediakan oleh PT Tokopedia, Jakarta",
        "disediakan oleh PT Tokopedia \u2013 Jakarta Selatan",
        f"disediakan oleh PT Tokopedia{BREAK}Palmerah",
        "disediakan oleh Tokopedia menurut perjanjian",
        "Disediakan oleh Tokopedia Syarat & Ketentuan",
        "disediakan oleh Tokopedia.com",
        "Diproses oleh Tokopedia & Shop",
        "Layanan disediakan oleh PT. Tokopedia. Semua Harga Pasti",
    ],
)
def test_what_follows_a_name_is_none_of_it(text):
    assert whole(text) == "stated"
