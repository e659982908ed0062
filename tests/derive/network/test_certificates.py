"""Certificates as they were received: their facts, bounded, or None."""

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from crawler.derive.network.certificates import MAX_NAMES, read_certificate


def pem(*names, organisation=""):
    authority = trustme.CA(organization_name="Otoritas Uji")
    leaf = authority.issue_cert(*names, common_name=names[0], organization_name=organisation or None)
    return leaf.cert_chain_pems[0].bytes().decode()


def test_subject_issuer_names_and_days():
    found = read_certificate(pem("A.test", "b.test", organisation="PT Toko"))
    assert found.organisation == "PT Toko"
    assert found.subject.endswith("PT Toko")
    assert "Otoritas Uji" in found.issuer
    assert found.names == ("a.test", "b.test")
    assert found.valid_from < found.valid_to
    assert len(found.sha256) == 64


def test_names_are_bounded():
    assert (
        len(read_certificate(pem(*(f"h{number}.test" for number in range(MAX_NAMES + 50)))).names)
        == MAX_NAMES
    )


@pytest.mark.parametrize("text", ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "x"])
def test_what_cannot_be_read_is_none(text):
    assert read_certificate(text) is None


@given(st.text(max_size=80))
def test_any_text_is_read_or_none(text):
    assert read_certificate(text) is None
