"""What pages keep in the browser."""

from crawler.checks.inputs.storage import stored_items
from tests.bundles import a_visit


def test_a_list_that_is_none_is_told_and_gives_nothing(reading, told, tmp_path):
    read = reading(a_visit("cart"))
    visit = read.run.visits[0]
    (read.bundle.root / visit.artifact("storage").path).write_text("[{}]")
    seen = stored_items(read, visit)
    assert (seen.value, told(seen.unread)) == ((), [(1, "gap.unreadable")])


def test_a_visit_whose_storage_was_not_taken_is_told(reading, told):
    read = reading(a_visit("cart", without=["storage"]))
    seen = stored_items(read, read.run.visits[0])
    assert (seen.value, told(seen.unread)) == ((), [(1, "gap.artifact-missing")])
