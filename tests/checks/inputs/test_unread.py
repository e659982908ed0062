"""What could not be looked at is noted where it belongs, and reading goes on."""

from crawler.checks.inputs.unread import MESSAGES, Notes
from crawler.errors import BundleCorrupt
from tests.bundles import a_visit


def test_a_page_that_left_nothing_is_noted_with_what_failed_there(reading, told):
    read = reading(a_visit("cart", without=["storage"]))
    notes = Notes()
    assert notes.artifacts(read.run.visits[0], "storage") == []
    assert told(notes.unread) == [(1, "gap.artifact-missing")]
    assert set(notes.unread[0].message.params) == set(MESSAGES["gap.artifact-missing"])


def test_what_cannot_be_read_is_noted_and_nothing_else_is_caught(reading, told):
    visit = reading(a_visit("cart")).run.visits[0]
    notes = Notes()

    def broken():
        raise BundleCorrupt("no list")

    assert notes.read(visit, 1, "text", broken) is None
    assert notes.read(visit, 1, "text", lambda: 5) == 5
    assert [each.message.params["error"] for each in notes.unread] == ["BundleCorrupt"]
