"""Bare pages that put the visitor off are walls whatever their words, and bare pages of a shop are none."""

from __future__ import annotations

import pytest

from crawler.model.page_facts import Field, PageFacts, ShownLine, Surface
from crawler.model.scenario import Stage
from crawler.model.wall import wall

OTP = Field("tel", "otp one-time-code")


def told(*said, title="Toko", kind=Stage.STOREFRONT, fields=(), pictures=0, content_type="text/html"):
    lines = tuple(
        ShownLine(text[2:], "heading") if text.startswith("# ") else ShownLine(text) for text in said
    )
    main = Surface(url="https://toko.test/", title=title, lines=lines, fields=fields, pictures=pictures)
    found = wall(PageFacts(main=main, content_type=content_type), kind)
    return found.reason if found else None


@pytest.mark.parametrize(
    "said",
    [
        ("# Yah, maaf ya Kak", "Dapur kami lagi beres-beres. Mampir kembali nanti sore."),
        ("# We apologise", "Our engineers are on it. Come back shortly."),
        ("Kunjungan tidak dilanjutkan.", "103.28.14.9", "Kode kejadian: 7f3a-99821"),
        ("# Sorry about that", "Event ID: 4b1d9f0c2e77"),
        ("503 Backend fetch failed", "Guru Meditation:", "XID: 98213"),
        ("# 421 Misdirected Request",),
        ("# Galat", "HTTP Error 521", "Coba dalam 30 detik"),
        ("Mohon maaf atas ketidaknyamanannya.", "Silakan muat kembali beberapa menit lagi."),
        ("# 429 Too Many Requests", "nginx"),
        ("Ditahan oleh pelindung situs.", "2001:448a:20e0:1::7", "Coba lagi nanti"),
        ("Status code: 403",),
    ],
)
def test_a_bare_page_that_puts_off(said):
    assert told(*said) is not None
    assert told(*said, kind=Stage.CART) is not None


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Stage.CART, ("# Keranjang", "Maaf, keranjangmu masih kosong", "Mulai belanja")),
        (Stage.SEARCH, ("# Hasil pencarian", "Maaf, “jam kayu” tidak ditemukan. Coba kata lain.")),
        (Stage.PRODUCT, ("# Sorry Not Sorry Tote Bag", "Kanvas tebal, dua kantong")),
        (Stage.PRODUCT, ("# 500 Lembar Kertas HVS", "Putih bersih, 70 gram")),
        (Stage.PRODUCT, ("# 404 Brand Not Sold Elsewhere", "Topi katun")),
        (Stage.PAYMENT, ("Maaf, pembayaran belum kami terima.", "Periksa kembali beberapa saat lagi")),
        (Stage.PAYMENT, ("# Sorry for the wait", "We will confirm in a few minutes", "Order total Rp98.000")),
        (Stage.INVOICE, ("# Pesanan selesai", "Nomor referensi: 99123-A", "Terima kasih")),
        (Stage.INFO, ("# Kontak", "Kami balas dalam 24 jam", "021-555-0134")),
        (Stage.INFO, ("# Lacak paket", "Nomor referensi: JX-99123", "Tiba dalam 2 jam")),
        (Stage.STOREFRONT, ("# Toko Kopi", "Buka kembali besok pukul 9", "Arabika Gayo")),
        (Stage.PRODUCT, ("# Router 192.168.1.1", "Dua antena, garansi satu tahun")),
    ],
)
def test_a_bare_page_of_a_shop(kind, said):
    assert told(*said, kind=kind) is None


def test_a_page_with_something_to_see_is_served():
    said = ("# Maaf, ada yang habis", "Kembali nanti sore")
    assert told(*said, pictures=4) is None
    assert told(*said, *(f"Kain batik motif {number} dari Solo yang halus" for number in range(12))) is None


@pytest.mark.parametrize(
    "fields", [(OTP,), (Field("tel", "d1 one-time-code"),) * 6, (Field("text", "kode"),)]
)
def test_a_code_and_nothing_else_is_a_login_except_where_it_was_meant(fields):
    said = ("# Masukkan kode verifikasi", "Kode telah dikirim ke +62812****90", "Kirim ulang kode")
    assert told(*said, fields=fields, kind=Stage.CHECKOUT) == "login wall"
    assert told(*said, fields=fields, kind=Stage.LOGIN) is None
    assert told(*said, fields=fields, kind=Stage.PAYMENT) is None  # the bank's own, as far as anyone can tell


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        (("# Kupon", "Masukkan kode kupon"), (Field("text", "kupon"),)),
        (("# Lacak", "Masukkan kode resi"), (Field("text", "resi"),)),
        (("# Kirim ke mana?", "Kode pos"), (Field("text", "postal-code"),)),
        (("# Verifikasi", "Masukkan kode verifikasi"), (OTP, Field("text", "address-line1 alamat"))),
        (("# Kode verifikasi", "Total belanja Rp98.000"), (OTP,)),
    ],
)
def test_other_codes_are_none_of_a_login(said, fields):
    assert told(*said, fields=fields, kind=Stage.CHECKOUT) is None


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"message": "Forbidden"}', "application/json"),
        ('"Forbidden"', "application/json"),
        ("null", "application/problem+json"),
        ("[]", "application/json"),
        ("RBAC: no", "text/plain"),
        ("error code: 1020", "text/plain;charset=UTF-8"),
    ],
)
def test_a_body_that_is_no_page(body, kind):
    assert told(body, title="", content_type=kind) is not None


def test_terms_may_be_plain_text():
    text = ["Syarat dan ketentuan berlaku untuk semua pembeli."] * 4
    assert told(*text, kind=Stage.INFO, content_type="text/plain") is None
