"""A damaged network log costs its own lines: no exception, no silence, and what other lines say stays."""

import copy
import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.derive.network import ledger, traffic
from crawler.derive.network.netlog import NetLog
from crawler.lib.hosts import is_address
from crawler.store import layout
from tests.bundles import MOMENT, a_request, a_visit, make_bundle
from tests.netlogs import START_MS, ALog

HOSTS = ("one.test", "two.test", "three.test")
PAGE = "https://www.tokopedia.com"


def a_log():
    """A log with every kind of contact; each host has sources of its own."""
    log = ALog()
    for at, host in enumerate(HOSTS):
        socket = log.connection(f"203.0.113.{at + 1}:443", at=at)
        log.request(f"https://{host}/x?q=1", method="POST", body=5, socket=socket, at=at, site=PAGE)
        log.preconnect(f"https://warm-{host}", at=at)
        log.broken(f"https://broken-{host}", at=at)
        log.web_transport(f"https://wt-{host}/s", received=9, at=at, error=-100)
        log.look_up(f"named-{host}", site=PAGE, at=at, aliases=(f"edge-{host}",))
    return log


def lines_of(log):
    head, _, rest = log.text().partition(b'"events": [\n')
    body, _, tail = rest.rpartition(b'],\n"pantau"')
    return head + b'"events": [\n', body.split(b",\n"), b'],\n"pantau"' + tail


def read(head, body, tail):
    packed = gzip.compress(head + b",\n".join(body) + tail)
    return traffic.read(NetLog(packed, (START_MS - 60_000, START_MS + 60_000)))


HEAD, BODY, TAIL = lines_of(a_log())
WHOLE = read(HEAD, BODY, TAIL)
JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
ABSURD_TIMES = [
    "9" * 18, "9" * 400, "-9" * 9, -1, 10**15, 10**400, float("nan"), float("inf"), 1e300, None, [], {}, True,
    "x", "\u0665", "1e5", " 5", "",
]  # fmt: skip
NO_NUMBER = [None, [], {}, "1", 1.5, True, -1, 2**60, 10**400, float("nan"), float("-inf"), [[[]]], {"a": {}}]
NO_TEXT = [[], {}, 5, True, 1.5, float("nan"), "\ud800", ["x"]]


def event(number):
    return json.loads(BODY[number])


def damaged(number, change):
    """Read the log with one event changed, and return what it shows."""
    found = event(number)
    change(found)
    body = [*BODY[:number], json.dumps(found, separators=(",", ":")).encode(), *BODY[number + 1 :]]
    return read(HEAD, body, TAIL)


def host_at(number):
    """Return the host of whose contact an event tells: hosts come one after the other."""
    return HOSTS[number * len(HOSTS) // len(BODY)]


def others(found, host):
    """Return what is told of all hosts but one; what has lost its name is told by its address."""
    told = [flow for flow in found.flows if not flow.host.endswith(host) and not is_address(flow.host)]
    return [flow.model_copy(update={"id": ""}) if flow.kind == "look-up" else flow for flow in told]


LINES = st.integers(0, len(BODY) - 1)


def told_as_lost(found, number):
    assert 1 <= found.dropped <= 3  # what hangs on a line is lost with it, such as the bytes of a socket
    assert others(found, host_at(number)) == others(WHOLE, host_at(number))


@given(number=LINES, time=st.sampled_from(ABSURD_TIMES))
def test_an_absurd_time(number, time):
    told_as_lost(damaged(number, lambda found: found.update(time=time)), number)


@given(number=LINES, value=st.sampled_from(NO_NUMBER), what=st.sampled_from(["type", "phase", "id"]))
def test_a_number_that_is_none(number, value, what):
    def change(found):
        (found["source"] if what == "id" else found)[what] = value

    told_as_lost(damaged(number, change), number)


@given(
    number=LINES,
    value=st.sampled_from([5, [], "x", True, [{}], 1.5]),
    what=st.sampled_from(["source", "params"]),
)
def test_a_record_that_is_none(number, value, what):
    told_as_lost(damaged(number, lambda found: found.update({what: value})), number)


def named(kind):
    """Return events that have a parameter of a kind, with its name."""
    return [
        (number, name)
        for number in range(len(BODY))
        for name, value in event(number)["params"].items()
        if type(value) is kind
    ]


@pytest.mark.parametrize(
    ("kind", "junk"), [(str, NO_TEXT), (int, NO_NUMBER), (list, [5, "x", {}, True, [5], [None]])]
)
def test_a_parameter_of_another_type(kind, junk):
    """Every parameter that is asked for, with everything that it cannot be."""
    unread = {"error", "line"}  # parameters that nobody asks for
    pairs = [(number, name) for number, name in named(kind) if name not in unread]
    seen = set()
    for number, name in pairs:
        if (event(number)["type"], event(number)["phase"], name) in seen:
            continue
        seen.add((event(number)["type"], event(number)["phase"], name))
        before = copy.deepcopy(event(number)["params"][name])
        for value in junk:
            found = damaged(number, lambda each, name=name, value=value: each["params"].update({name: value}))
            counted = found.dropped >= 1
            unasked = (
                found.dropped == 0
                and found.flows == WHOLE.flows
                and found.aliases.keys() == WHOLE.aliases.keys()
            )
            assert counted or unasked or may_be(name, value), (name, value, before)
            assert others(found, host_at(number)) == others(WHOLE, host_at(number))


def may_be(name, value):
    """Say whether a value is one that a parameter may have after all."""
    return (
        value is None
        or (name in ("net_error", "traffic_annotation", "total_size") and value == -1)
        or (name == "results" and value in ([5], [None]))
    )


@given(data=st.data(), number=LINES)
def test_any_junk_in_any_place(data, number):
    name = data.draw(st.sampled_from(sorted(event(number)["params"]) or ["url"]))
    junk = data.draw(JUNK)
    found = damaged(number, lambda each: each["params"].update({name: junk}))
    named = str(junk).lower()  # junk that is a name for a host is that host's line
    rest = [flow for flow in others(found, host_at(number)) if flow.host != named]
    assert rest == others(WHOLE, host_at(number))


@given(number=LINES, at=st.integers(0, 400), byte=st.integers(0, 255))
def test_one_byte_of_a_line(number, at, byte):
    line = bytearray(BODY[number])
    at %= len(line)
    line[at] = byte
    if byte in b"\r\n":
        line[at] = 0
    found = read(HEAD, [*BODY[:number], bytes(line), *BODY[number + 1 :]], TAIL)
    assert found.dropped <= 3
    assert len(others(found, host_at(number))) >= len(others(WHOLE, host_at(number))) - 2


@given(number=LINES, part=st.floats(0.02, 0.9))
def test_a_line_that_is_cut_off(number, part):
    line = BODY[number][: max(1, int(len(BODY[number]) * part))]
    told_as_lost(read(HEAD, [*BODY[:number], line, *BODY[number + 1 :]], TAIL), number)


@pytest.mark.parametrize(
    "line",
    [
        b"\xff\xfe\x00",
        b'{"a":' * 100_000,
        b"[" * 100_000,
        b'{"type":NaN}',
        b"x",
        b'"events"',
        b"{}",
        b"null",
        b"5",
    ],
    ids=["no text", "deep", "deep list", "NaN", "letter", "frame", "empty", "null", "number"],
)
def test_a_line_of_something_else_is_counted(line):
    found = read(HEAD, [*BODY[:3], line, *BODY[3:]], TAIL)
    assert (found.dropped, found.flows) == (1, WHOLE.flows)


@given(cut=st.integers(0, 4_000))
@settings(deadline=None)
def test_a_packed_log_that_is_cut_off_says_so(cut):
    packed = gzip.compress(HEAD + b",\n".join(BODY) + TAIL)
    kept = packed[: len(packed) - 1 - cut % (len(packed) - 1)]
    try:
        found = traffic.read(NetLog(kept))
    except ValueError:
        return  # not even the constants are there, which the ledger tells
    assert found.dropped >= 1


@given(at=st.integers(0, 10_000), byte=st.integers(0, 255))
@settings(deadline=None)
def test_one_byte_of_the_packed_log(at, byte):
    packed = bytearray(gzip.compress(HEAD + b",\n".join(BODY) + TAIL, mtime=0))
    at %= len(packed)
    same = packed[at] == byte
    packed[at] = byte
    try:
        found = traffic.read(NetLog(bytes(packed)))
    except ValueError:
        return
    header = at < 10  # time, system and the like, which nobody needs
    assert found.dropped or same or header


@pytest.mark.parametrize(
    "constants",
    [
        {"logEventTypes": {"URL_REQUEST_START_JOB": [], "REQUEST_ALIVE": "5"}},
        {"logSourceType": {"SOCKET": {}}},
        {"netError": {"ERR": None}},
        {"logEventPhase": {"PHASE_END": 1.5}},
    ],
)
def test_constants_that_are_none_are_counted(constants):
    said = json.loads(HEAD.splitlines()[0].rstrip(b",") + b"}")["constants"]
    for name, change in constants.items():
        said[name] |= change
    head = b'{"constants":' + json.dumps(said).encode() + b',\n"events": [\n'
    assert read(head, BODY, TAIL).dropped >= 1


@pytest.mark.parametrize(
    "ending", [b'{"complete": true, "dropped_lines": -7}}', b'{"complete": 1, "dropped_lines": NaN}}', b"[]}"]
)
def test_an_ending_that_is_none_is_counted(ending):
    assert read(HEAD, BODY, b'],\n"pantau": ' + ending).dropped >= 1


def test_the_same_numbers_twice_make_no_two_of_one():
    found = read(HEAD, [*BODY, *BODY], TAIL)
    ids = [flow.id for flow in found.flows]
    assert len(ids) == len(set(ids))
    assert {flow.host for flow in found.flows} == {flow.host for flow in WHOLE.flows}


def test_more_sources_than_can_be_held_is_said(monkeypatch):
    monkeypatch.setattr(traffic, "MAX_SOURCES", 40)
    monkeypatch.setattr(traffic, "EACH_EVENTS", 5)
    assert read(HEAD, BODY, TAIL).truncated


def test_the_ledger_tells_what_was_lost_and_keeps_the_rest(tmp_path):
    body = [BODY[0].replace(b'"time":"', b'"time":"99999'), *BODY[1:]]
    packed = gzip.compress(HEAD + b",\n".join(body) + TAIL)
    asked = [a_request(f"https://{host}/x?q=1", method="POST") for host in HOSTS]
    bundle = make_bundle(tmp_path, visits=[a_visit("cart")], requests=asked, files={layout.NETLOG: packed})
    book = ledger.ledger_of(bundle)
    assert (book.lost, book.witnesses, book.problem) == (1, ("playwright", "netlog"), "")
    assert {entry.host for entry in book.entries if len(entry.seen_by) > 1} >= set(HOSTS[1:])


def test_an_event_of_another_year_is_none_of_this_run(tmp_path):
    log = a_log()
    log.request("https://late.test/", at=30 * 86_400)
    bundle = make_bundle(tmp_path, visits=[a_visit("cart")], files={layout.NETLOG: log.packed()})
    book = ledger.ledger_of(bundle)
    assert "late.test" not in {entry.host for entry in book.entries}
    assert book.lost > 0
    assert book.entries[0].time.startswith(MOMENT[:10])
