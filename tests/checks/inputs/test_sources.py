"""What the source of documents says, and what of it is missing."""

from crawler.checks.inputs.sources import main_source, page_sources
from crawler.checks.inputs.unread import Notes
from crawler.model.evidence import CollectorFailure
from tests.bundles import a_visit


def test_a_visit_without_source_is_told(reading, told):
    read = reading(a_visit("cart", without=["html"]))
    visit = read.run.visits[0]
    seen = page_sources(read, visit, last=visit)
    assert (seen.value, told(seen.unread)) == ((), [(1, "gap.artifact-missing")])
    assert main_source(read, visit, 1, Notes()) is None


def test_a_frame_that_went_away_is_told_though_the_page_is_there(reading, told):
    gone = CollectorFailure(collector="html", page=1, error="CollectorError", message="frame-01.html: gone")
    read = reading(a_visit("cart", failures=[gone]))
    visit = read.run.visits[0]
    seen = page_sources(read, visit, last=visit)
    assert [page.frame for page in seen.value] == [visit.url_of(1)]
    assert told(seen.unread) == [(1, "gap.unreadable")]
