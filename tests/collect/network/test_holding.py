"""Lines wait for the guard's word, and each refusal finds its own request."""

from hypothesis import given
from hypothesis import strategies as st

from crawler.collect.network.holding import EXPECT_S, READ_HOLD_S, WRITE_HOLD_S, Holding


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def held():
    released, clock = [], Clock()
    return Holding(released.append, clock), released, clock


def test_reads_wait_shorter_than_writes():
    holding, released, clock = held()
    holding.hold("GET", "u", read := ["read"])
    holding.hold("POST", "u", write := ["write"])
    clock.now = READ_HOLD_S
    holding.flush()
    assert released == [read]
    clock.now = WRITE_HOLD_S
    holding.flush()
    assert released == [read, write]


def test_an_answer_ends_the_wait_once():
    holding, released, _ = held()
    holding.hold("POST", "u", entry := ["a"])
    holding.settle(entry)
    holding.settle(entry)
    holding.flush(everything=True)
    assert released == [entry]


def test_the_oldest_of_two_alike_is_taken_first_and_fragments_do_not_matter():
    holding, released, _ = held()
    holding.hold("POST", "u#x", first := ["1"])
    holding.hold("POST", "u", second := ["2"])
    assert holding.take("post", "u") is first
    assert holding.take("POST", "u#y") is second
    assert holding.take("POST", "u") is None
    assert released == []


def test_a_refusal_waits_for_its_request_for_a_while():
    holding, _, clock = held()
    holding.expect("POST", "u", "r1")
    assert holding.expected("GET", "u") is None
    assert holding.expected("POST", "u") == "r1"
    assert holding.expected("POST", "u") is None
    holding.expect("POST", "u", "r2")
    clock.now = EXPECT_S
    assert holding.expected("POST", "u") is None


@given(st.lists(st.tuples(st.sampled_from(["seen", "refused"]), st.sampled_from("ab")), max_size=40))
def test_in_any_order_each_refusal_and_request_are_paired_or_alone(events):
    holding, released, _ = held()
    alone, pairs, seen = 0, 0, 0
    for what, url in events:
        if what == "seen":
            seen += 1
            if holding.expected("POST", url):
                pairs += 1
            else:
                holding.hold("POST", url, [url])
        elif holding.take("POST", url):
            pairs += 1
        else:
            alone += 1
            holding.expect("POST", url, "r")
    holding.flush(everything=True)
    refusals = len(events) - seen
    matched_later = pairs - (refusals - alone)
    assert len(released) == seen - pairs
    assert refusals + len(released) == len(events) - pairs
    assert 0 <= matched_later <= alone
