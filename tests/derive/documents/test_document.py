"""Documents beside the pages: what was downloaded, what scripts fetched, and what is not there to be read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.derive.documents import document as documents
from crawler.errors import BundleCorrupt
from crawler.model.evidence import Artifact
from tests.bundles import a_request, a_visit, make_bundle
from tests.documents import a_pdf

MAIL = b"""Subject: =?utf-8?q?Pesanan_TikTok?=
From: toko@tokopedia.com
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=x

--x
Content-Type: text/plain; charset=utf-8

Terima kasih
--x
Content-Type: text/html; charset=utf-8

<p>Dari <b>Tik</b>Tok</p>
--x--
"""


def found(tmp_path, *requests, visits=None):
    bundle = make_bundle(tmp_path, visits=visits or [a_visit("invoice")], requests=requests)
    return documents.documents_of_visit(bundle, bundle.run.visits[0], bundle.requests(), bundle.responses())


def answered(kind, body, **facts):
    headers = {"content-type": kind, **facts.pop("headers", {})}
    return a_request(
        "https://www.tokopedia.com/berkas", response_headers=headers, response_body=body, **facts
    )


class TestAnswers:
    def test_a_pdf_that_was_answered_and_kept(self, tmp_path):
        (document,) = found(tmp_path, answered("application/pdf", a_pdf("TikTok Shop"), type="document"))
        assert (document.how, document.status) == ("download", "read")
        assert [text.strip() for text in document.texts] == ["", "TikTok Shop"]

    def test_html_that_a_script_fetched_and_none_that_is_a_page(self, tmp_path):
        html = b"<p>Pesanan <b>Tik</b>Tok</p>"
        (document,) = found(
            tmp_path,
            answered("text/html; charset=utf-8", html, type="fetch"),
            answered("text/html", b"<p>halaman</p>", type="document"),
            answered("application/json", b"{}", type="fetch"),
        )
        assert (document.how, document.texts) == ("fetched", ("Pesanan TikTok",))

    def test_what_was_answered_and_not_kept_is_a_failure_and_no_silence(self, tmp_path):
        """As in bundles made before downloads were kept."""
        attached = {"content-disposition": 'attachment; filename="invoice.pdf"'}
        (document,) = found(tmp_path, answered("application/pdf", None, type="document", headers=attached))
        assert (document.status, document.error, document.texts) == ("failed", "not kept", ())

    def test_a_pdf_that_the_browser_showed_is_not_there_to_be_read(self, tmp_path):
        """Its viewer's HTML is what the browser gives as the answer."""
        viewer = b"<!doctype html><html><body><template shadowrootmode=closed>"
        (document,) = found(tmp_path, answered("application/pdf", viewer, type="document"))
        assert (document.status, document.error) == ("failed", "shown by the browser")

    def test_what_failed_on_the_server_is_no_document(self, tmp_path):
        assert found(tmp_path, answered("application/pdf", b"", status=404)) == ()


class TestFiles:
    def test_a_mail_with_its_parts(self):
        said = documents.read_file(MAIL, documents.MAIL)
        assert [text.strip() for text in said.texts] == [
            "Pesanan TikTok",
            "toko@tokopedia.com",
            "Terima kasih",
            "Dari TikTok",
        ]
        assert said.status == "read"

    def test_a_broken_pdf_says_so(self):
        said = documents.read_file(b"%PDF-1.4 rusak", documents.PDF)
        assert (said.status, said.error) == ("failed", "DocumentUnreadable")
        assert "cannot be read" in said.message

    def test_a_pdf_under_another_name_is_one(self):
        assert documents.read_file(a_pdf("isi"), "application/octet-stream").status == "read"

    def test_what_holds_no_text_is_unknown_and_too_much_is_cut(self):
        assert documents.read_file(b"PK\x03\x04", "application/zip").status == "unknown"
        said = documents.read_file(b"x" * (documents.MAX_TEXT_CHARS + 1), "text/plain")
        assert (said.status, said.error) == ("partly", "cut")

    @given(st.binary(max_size=300))
    def test_any_mail_is_read_or_a_failure(self, data):
        head = b"Content-Type: text/plain; charset="
        for whole in (data, head + data, MAIL[: len(data)] + data):
            assert documents.read_file(whole, documents.MAIL).status in ("read", "partly", "failed")


class TestDownloads:
    def of(self, tmp_path, listed):
        """Make a visit whose bundle holds a list of downloads."""
        path = "data/stages/01-invoice/downloads.json"
        files = {path: listed, "data/stages/01-invoice/download-01.pdf": a_pdf("TikTok")}
        bundle = make_bundle(tmp_path, visits=[a_visit("invoice")], files=files)
        listing = Artifact(kind="downloads", path=path, page=1, sha256=bundle.sha256(path), bytes=len(listed))
        (visit,) = bundle.run.visits
        visit = visit.model_copy(update={"artifacts": (*visit.artifacts, listing)})
        return documents.documents_of_visit(bundle, visit, (), {})

    def test_kept_ones_are_read_and_others_are_failures(self, tmp_path):
        lines = [
            {"url": "https://a.test/1", "name": "faktur.pdf", "state": "kept", "bytes": 9,
             "path": "data/stages/01-invoice/download-01.pdf"},
            {"url": "https://a.test/2", "name": "besar.pdf", "state": "too large", "bytes": 99},
        ]  # fmt: skip
        first, second = self.of(tmp_path, json.dumps(lines).encode())
        assert (first.status, first.name, first.texts[1].strip()) == ("read", "faktur.pdf", "TikTok")
        assert (second.status, second.error) == ("failed", "too large")

    def test_a_list_that_is_none_is_a_damaged_bundle(self, tmp_path):
        with pytest.raises(BundleCorrupt, match="not a list of DownloadRecord"):
            self.of(tmp_path, b'{"a": 1}')
