"""Telephone numbers and e-mail addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.checks import contacts
from crawler.checks.runs import runs
from crawler.model.evidence import TextRecord
from tests.bundles import text_node


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("0853-1111-1010", ["085311111010"]),
        ("+62 853 1111 1010", ["085311111010"]),
        ("(021) 3441839", ["0213441839"]),
        ("Telp. +62 (21) 344-1839.", ["0213441839"]),
        ("1500 123 dan 14045", ["1500123", "14045"]),
        ("Rp 081.234.567.890", []),
        ("01-02-2024", []),
        ("INV/20231210/MPL/0808812345", []),
        ("24 jam, 12 pesan", []),
        ("v0812345678901x", []),
    ],
)
def test_numbers_are_read_in_national_form(text, numbers):
    assert list(contacts.phones(text)) == numbers


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("E-mail: Pengaduan.Konsumen@kemendag.go.id.", ["pengaduan.konsumen@kemendag.go.id"]),
        ("@tokopedia dan a@b", []),
        ("x <bantuan+1@toko.co.id>", ["bantuan+1@toko.co.id"]),
    ],
)
def test_addresses_are_read_in_lower_case(text, addresses):
    assert list(contacts.emails(text)) == addresses


def test_links_count_and_other_addresses_do_not():
    nodes = (
        text_node("Hubungi", href="tel:+6285311111010"),
        text_node(" kami", href="mailto:a%40toko.id?subject=x"),
        text_node("di", href="https://wa.me/6281200000000"),
        text_node("sini", href="https://toko.id/0812999999999"),
    )
    (run,) = runs(TextRecord(frames=("https://a.test/",), nodes=nodes, media=()))
    assert contacts.contacts_of(run) == {"085311111010", "a@toko.id", "081200000000"}


@given(st.text())
def test_any_text_is_read(text):
    assert all(number.isdigit() for number in contacts.phones(text))
    assert all("@" in address for address in contacts.emails(text))


@given(st.from_regex(r"\A08[0-9]{8,10}\Z"), st.sampled_from([" ", "-", ".", ""]))
def test_a_number_is_the_same_however_it_is_grouped(number, gap):
    grouped = gap.join((number[:4], number[4:8], number[8:]))
    assert list(contacts.phones(f"Telp {grouped} (WIB)")) == [number]
