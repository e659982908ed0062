"""What could not be recorded, and the lines that nobody writes any more."""

import pytest

from crawler.collect.network import streams
from crawler.collect.network.streams import RequestStreams, noting_failures
from crawler.lib.redact import Redactor
from crawler.model.evidence import LEFT_OUT
from crawler.store.writer import BundleWriter


@pytest.fixture
def writing(tmp_path):
    writer = BundleWriter(tmp_path / "bundle")
    yield RequestStreams(writer, Redactor(b"k" * 32))
    writer.close()


def errors(writing: RequestStreams, since: int = 0) -> tuple[list[str], list[int]]:
    told: list[int] = []
    return [failure.error for failure in writing.failures_since(since).items(told.append)], told


def test_ids_are_counted_from_one(writing):
    assert [writing.next_id(), writing.next_id()] == ["r000001", "r000002"]


def test_failures_are_told_from_a_moment_on(writing):
    writing.note_failure("first", ValueError("one"))
    since = writing.failure_count
    writing.note_left_out("names", 4)
    assert errors(writing) == (["ValueError", LEFT_OUT], [])
    assert errors(writing, since) == ([LEFT_OUT], [])


def test_failures_beyond_the_bound_are_counted(writing, monkeypatch):
    for _ in range(streams.MAX_FAILURES + 2):
        writing.note_failure("again", ValueError("one"))
    found, told = errors(writing)
    assert (len(found), told) == (streams.MAX_FAILURES, [2])


def test_after_its_end_nothing_is_noted(writing):
    writing.close()
    writing.note_failure("late", ValueError("one"))
    assert errors(writing) == ([], [])


def test_what_a_handler_raises_is_noted_under_its_name(writing):
    class Listener:
        streams = writing

        @noting_failures
        def _on_request(self, number: int) -> None:
            raise LookupError(f"no {number}")

    Listener()._on_request(3)
    (failure,) = writing.failures_since(0).items(lambda _: None)
    assert (failure.collector, failure.error, failure.message) == ("requests", "LookupError", "request: no 3")
