"""Documents beside pages: what of them could not be read."""

from types import SimpleNamespace

from crawler.checks.inputs.documents import documents_beside
from crawler.derive.documents.document import Document
from crawler.model.evidence import CollectorFailure
from tests.bundles import a_visit


def a_document(status, **facts):
    return Document(how="download", url="https://shop.test/invoice.pdf", status=status, **facts)


def test_documents_that_failed_or_were_cut_are_told_and_stay_in_the_list(reading, told):
    visit = reading(a_visit("invoice")).run.visits[0]
    found = (a_document("read"), a_document("failed", error="gone"), a_document("partly", error="no text"))
    seen = documents_beside(SimpleNamespace(documents=lambda _: found), visit)
    assert seen.value == found
    assert told(seen.unread) == [(1, "gap.document-unread"), (1, "gap.document-cut")]


def test_downloads_that_could_not_be_taken_are_told(reading, told):
    failure = CollectorFailure(collector="downloads", page=0, error="OSError", message="full")
    read = reading(a_visit("invoice", failures=[failure]))
    seen = documents_beside(read, read.run.visits[0])
    assert (seen.value, told(seen.unread)) == ((), [(1, "gap.downloads-untaken")])
