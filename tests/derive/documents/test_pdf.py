"""PDFs say what their pages and title say; broken ones are errors, pictures without text are counted."""

import io
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader, PdfWriter

from crawler.derive.documents import pdf
from crawler.errors import DocumentUnreadable
from tests.documents import a_pdf


def test_title_and_pages_in_order():
    said = pdf.read_pdf(a_pdf("Terima kasih", "TikTok Shop", title="Faktur"))
    assert said.texts[0] == "Faktur"
    assert [text.strip() for text in said.texts[1:]] == ["Terima kasih", "TikTok Shop"]
    assert (said.pages, said.bare, said.whole) == (2, 0, True)


def test_a_page_that_is_a_picture_is_counted_as_bare():
    out = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(out, "PDF")
    said = pdf.read_pdf(out.getvalue())
    assert (said.pages, said.bare) == (1, 1)


def test_more_pages_than_are_read_is_not_the_whole():
    said = pdf.read_pdf(a_pdf(*["x"] * (pdf.MAX_PAGES + 1)))
    assert (said.pages, said.whole, len(said.texts)) == (pdf.MAX_PAGES + 1, False, pdf.MAX_PAGES + 1)


def test_one_locked_by_a_password_is_an_error():
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(a_pdf("rahasia"))))
    writer.encrypt("sandi", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    with pytest.raises(DocumentUnreadable, match="password"):
        pdf.read_pdf(out.getvalue())


@pytest.mark.parametrize("data", [b"", b"%PDF-1.4", b"%PDF-1.4 rusak\n%%EOF", b"PK\x03\x04" * 9])
def test_a_broken_one_is_an_error(data):
    with pytest.raises(DocumentUnreadable):
        pdf.read_pdf(data)


@given(st.integers(0, 600), st.binary(min_size=1, max_size=12))
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_damaged_one_is_read_or_an_error_and_nothing_else(at, damage):
    whole = a_pdf("Terima kasih")
    with suppress(DocumentUnreadable):
        assert pdf.read_pdf(whole[:at] + damage + whole[at + len(damage) :]).pages >= 0
