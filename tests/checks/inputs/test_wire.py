"""What is missing of the network record is told at the visit that it concerns."""

from crawler.checks.inputs.wire import missing_of_record, read_wire
from crawler.errors import BundleCorrupt
from tests.bundles import a_request, a_visit


def test_a_run_without_visits_has_nobody_to_tell():
    assert read_wire(lambda: 1, None) == (None, ())
    assert missing_of_record(None, None, ()) == (None, ())


def test_a_record_that_cannot_be_read_is_told_at_the_last_visit(reading, told):
    visits = reading(a_visit("cart"), a_visit("payment")).run.visits

    def broken():
        raise BundleCorrupt("no log")

    seen = read_wire(broken, visits[-1])
    assert (seen.value, told(seen.unread)) == (None, [(2, "gap.unreadable")])


def test_a_visit_that_nothing_was_heard_of_is_told(reading, told):
    read = reading(a_visit("cart"), a_visit("payment"), requests=[a_request("https://a.test/", visit=1)])
    visits = read.run.visits
    silent = missing_of_record(read, visits[-1], visits).unread
    assert (2, "gap.wire-silent") in told(silent)


def test_lines_that_were_lost_are_counted_once(reading):
    read = reading(a_visit("cart"), files={"data/requests.jsonl": b"{\n"}, dropped_lines=1)
    visits = read.run.visits
    lost = [each.message.params for each in missing_of_record(read, visits[0], ()).unread]
    assert {"count": 1} in lost
