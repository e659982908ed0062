"""The text inside a QRIS code, whole, damaged and hostile."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crawler.derive.claims import qris
from tests.codes import a_code, tlv


def test_a_code_names_its_institution_and_the_national_register():
    assert qris.parse_code(a_code("ID.DANA.WWW")) == qris.Qris(("www.dana.id",), national=True, whole=True)


def test_a_changed_sign_breaks_the_check_sum():
    code = a_code("ID.DANA.WWW").replace("TOKO", "TOKI")
    assert qris.parse_code(code) is not None
    assert not qris.parse_code(code).whole
    assert qris.find_code(code) is None


def test_a_code_is_found_inside_other_text():
    code = a_code("COM.SHOPEE.WWW")
    assert qris.find_code(f'{{"qr": "{code}", "ref": "00020199"}}').domains == ("www.shopee.com",)


def test_what_is_cut_off_or_none_is_no_code():
    code = a_code("ID.DANA.WWW")
    assert qris.parse_code(code[:-9]) is None
    assert qris.parse_code("https://www.tokopedia.com/") is None
    assert qris.parse_code("000201" + "9" * 2_000) is None


@given(st.text())
def test_anything_is_answered(text):
    for each in (text, "000201" + text, a_code("ID.DANA.WWW") + text):
        qris.parse_code(each)
        qris.find_code(each)


@given(st.text("0123456789", max_size=3_000))
def test_any_digits_are_answered(digits):
    found = qris.find_code("000201" + digits)
    assert found is None or found.whole


@given(
    st.from_regex(r"[A-Z]{2}(\.[A-Z0-9]{1,8}){1,2}\.WWW", fullmatch=True),
    st.text("ABC xyz", min_size=1, max_size=25),
)
def test_what_is_written_is_read(identifier, name):
    code = a_code(identifier, name=name)
    assert qris.find_code(code).domains == (".".join(reversed(identifier.lower().split("."))),)


@given(st.integers(0, 99), st.text(max_size=99))
def test_a_length_that_lies_is_no_code(length, value):
    if length != len(value):
        code = "000201" + f"59{length:02d}{value}" + tlv("63", "0000")
        found = qris.parse_code(code)
        assert found is None or not found.whole
