"""Reading a network log as a stream: cut off, broken, foreign, and never more than is asked for."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.derive.network import netlog
from crawler.derive.network.netlog import NetLog
from tests.bundles import make_bundle
from tests.netlogs import OFFSET_MS, ALog

WANTED = frozenset({"URL_REQUEST_START_JOB", "REQUEST_ALIVE"})


def a_log(requests=3):
    log = ALog()
    for number in range(requests):
        log.request(f"https://h{number}.test/", at=number)
    return log


def test_events_come_in_order_with_their_names_phases_and_times():
    found = list(NetLog(a_log(1).packed()).events(WANTED))
    assert [(event.name, event.phase) for event in found] == [
        ("REQUEST_ALIVE", "begin"),
        ("URL_REQUEST_START_JOB", "begin"),
        ("REQUEST_ALIVE", "end"),
    ]
    assert {event.source_type for event in found} == {"NONE"}
    assert found[0].time_ms == OFFSET_MS + 1_000_000


def test_a_whole_log_says_so_and_a_cut_one_does_not():
    whole, cut = NetLog(a_log().packed()), NetLog(a_log().packed(complete=False, dropped=2))
    list(whole.events(WANTED))
    list(cut.events(WANTED))
    assert (whole.complete, whole.dropped) == (True, 0)
    assert (cut.complete, cut.dropped) == (False, 2)


@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_a_log_cut_off_anywhere_is_read_as_far_as_it_goes(part):
    text = a_log(20).text()
    log = NetLog(gzip.compress(text[: int(len(text) * part)]))
    assert 0 < len(list(log.events(WANTED))) < 60
    assert not log.complete


def test_a_packed_file_that_is_cut_off_is_no_error():
    packed = a_log(200).packed()
    log = NetLog(packed[: len(packed) // 2])
    assert list(log.events(WANTED))
    assert (log.complete, log.dropped) == (False, 1)


@pytest.mark.parametrize(
    "first", [b"", b"{}", b'{"constants":[]}', b'{"constants":{"logEventTypes":3}},', b"\xff"]
)
def test_something_else_is_no_network_log(first):
    with pytest.raises(ValueError, match="does not begin as a network log|begin with its constants"):
        list(NetLog(gzip.compress(first + b"\n[]\n")).events(WANTED))


def test_what_is_longer_than_may_be_read_is_cut_and_said_so(monkeypatch):
    monkeypatch.setattr(netlog, "MAX_BYTES", 2_000)
    log = NetLog(a_log(50).packed())
    list(log.events(WANTED))
    assert (log.cut, log.complete) == (True, False)


@given(st.lists(st.binary(max_size=60).filter(lambda line: b"\n" not in line), max_size=20))
def test_no_line_whatever_stops_the_reading(lines):
    head, _, rest = a_log(2).text().partition(b'"events": [\n')
    text = head + b'"events": [\n' + b"\n".join(lines) + b"\n" + rest
    found = list(NetLog(gzip.compress(text)).events(WANTED))
    assert [event.name for event in found].count("URL_REQUEST_START_JOB") == 2


def test_a_bundle_without_one_has_none(tmp_path):
    assert netlog.netlog_of(make_bundle(tmp_path)) is None
