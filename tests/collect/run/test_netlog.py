"""The network log: nothing secret in it, nothing of it lost but a cut-off line."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.collect.run import netlog
from crawler.collect.run.netlog import _Scrubber, keep_netlog
from crawler.lib.redact import Redactor
from tests.site import page

CONSTANTS = {"logEventTypes": {"URL_REQUEST_START_JOB": 2}, "timeTickOffset": "5"}
SECRET = "r4hasia-b4nget-77"


def log(events, *, polled=True):
    lines = ['{"constants":' + json.dumps(CONSTANTS) + ",", '"events": [']
    lines += [compact(event) + "," for event in events]
    if polled:
        lines[-1] = lines[-1].rstrip(",") + "]," if events else '"events": [],'
        lines += ['"polledData": [{"a":1}]', "}"]
    return ("\n".join(lines) + "\n").encode()


def compact(event):
    """Write an event as Chromium does."""
    return json.dumps(event, separators=(",", ":"))


def kept(tmp_path, data, redactor=None):
    path = tmp_path / "raw.json"
    path.write_bytes(data)
    return json.loads(gzip.decompress(keep_netlog(path, redactor or Redactor(bytes(16)))))


def event(**params):
    source = {"id": 1, "start_time": "5", "type": 1}
    return {"params": params, "phase": 1, "source": source, "time": "7", "type": 2}


@pytest.mark.parametrize(
    "params",
    [
        {"url": f"https://a.test/p?access_token={SECRET}"},
        {"url": f"https://bob:{SECRET}@a.test/p"},
        {"url": f"https://a.test/cb#id_token={SECRET}"},
        {"key": f"1/0/_dk_https://a.test https://a.test https://a.test/p?session={SECRET}"},
        {"line": f"GET /p?sid={SECRET} HTTP/1.1\r\n"},
        {"headers": [f":path: /p?token={SECRET}", ":method: GET"]},
        {"headers": [f"Cookie: sid={SECRET}"]},
        {"headers": [f"Authorization: Bearer {SECRET}"]},
        {"headers": [f"X-Device: {SECRET}"]},
        {"headers": [f"Referer: https://a.test/?password={SECRET}"]},
        {"headers": [f"location: /next?otp={SECRET}"]},
        {"nested": [{"location": f"https://a.test/?csrf={SECRET}"}]},
    ],
    ids=lambda params: next(iter(params)) + "-" + str(next(iter(params.values())))[:24],
)
def test_no_secret_stays(tmp_path, params):
    result = kept(tmp_path, log([event(**params)]))
    assert SECRET not in json.dumps(result)
    assert "h:" in json.dumps(result) or "bob" not in json.dumps(result)
    assert len(result["events"]) == 1


def test_typed_secrets_are_hashed_wherever_they_stand(tmp_path):
    result = kept(tmp_path, log([event(text=f"a {SECRET} b")]), Redactor(bytes(16), typed=(SECRET,)))
    assert SECRET not in json.dumps(result)


def test_what_is_no_secret_stays(tmp_path):
    params = {
        "url": "https://www.tokopedia.com/beli?page=2",
        "headers": ["Host: a.test", ":authority: a.test", "Set-Cookie: [17 bytes were stripped]"],
        "certificates": ["-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"],
        "remote_address": "127.0.0.1:443",
        "load_flags": 65792,
        "line": "GET /beli?page=2 HTTP/1.1\r\n",
    }
    result = kept(tmp_path, log([event(**params)]))
    assert result["events"][0] == event(**params)
    assert result["constants"] == CONSTANTS
    assert result["polledData"] == [{"a": 1}]
    assert result["pantau"] == {"complete": True, "dropped_lines": 0, "dropped_strings": 0}


@pytest.mark.parametrize("unit", ["ab:", "a:?", "https://", "eyJ.", '\\"token\\":\\"'])
def test_a_hostile_string_is_read_in_linear_time(unit):
    text = (unit * 2**20)[: 2**20]
    assert _Scrubber(Redactor(bytes(16)))._free(text)  # quadratic, it would take hours


def test_a_string_beyond_the_limit_is_left_out_and_counted(tmp_path):
    result = kept(tmp_path, log([event(text="ab:" * 2**16), event(text="short")]))
    assert result["events"][0]["params"]["text"] == f"[{3 * 2**16} characters left out]"
    assert result["events"][1] == event(text="short")
    assert result["pantau"]["dropped_strings"] == 1


@given(st.data())
def test_a_log_cut_off_at_any_byte_loses_at_most_one_event(tmp_path_factory, data):
    events = [event(url=f"https://a.test/{number}") for number in range(5)]
    whole = log(events, polled=data.draw(st.booleans()))
    start = whole.index(b'"events"')
    cut = data.draw(st.integers(start, len(whole)))
    result = kept(tmp_path_factory.mktemp("log"), whole[:cut])
    expected = sum(compact(entry).encode() in whole[:cut] for entry in events)
    assert result["events"] == events[:expected]
    assert result["pantau"]["dropped_lines"] <= 1


@given(st.binary(max_size=400))
def test_any_bytes_after_the_constants_do_no_harm(tmp_path_factory, noise):
    data = log([event(a="b")], polled=False) + noise
    result = kept(tmp_path_factory.mktemp("log"), data)
    assert result["events"][0] == event(a="b")


strings = st.text(st.characters(codec="utf-8"), max_size=60)


@given(
    st.recursive(
        strings | st.integers() | st.booleans(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(strings, inner, max_size=3),
    )
)
def test_any_event_stays_json_and_the_secret_goes(tmp_path_factory, value):
    redactor = Redactor(bytes(16), typed=(SECRET,))
    data = log([event(value=value, url=f"https://a.test/?token={SECRET}")])
    result = kept(tmp_path_factory.mktemp("log"), data, redactor)
    assert SECRET not in json.dumps(result)
    assert len(result["events"]) == 1


values = st.recursive(
    st.sampled_from([SECRET, f"https://a.test/?token={SECRET}", "plain"])
    | strings
    | st.integers()
    | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(strings, inner, max_size=3),
)


@given(st.dictionaries(strings, values, max_size=4), st.booleans())
def test_an_event_is_scrubbed_the_same_whether_its_frame_is_known_or_not(params, bare):
    """Chromium's own way of writing an event has a short way; the same event written otherwise has none."""
    written = event(**params)
    if bare:
        del written["params"]
    known, unknown = compact(written).encode(), json.dumps(written).encode()
    short, long = (
        _Scrubber(Redactor(bytes(16), typed=(SECRET,))).event(line + b",") for line in (known, unknown)
    )
    assert json.loads(short) == json.loads(long)
    assert SECRET.encode() not in short or SECRET in compact(list(keys_of(params)))


def keys_of(node):
    """Yield the names in a value: they are no values, and stay."""
    if isinstance(node, dict):
        yield from node
        node = list(node.values())
    for child in node if isinstance(node, list) else ():
        yield from keys_of(child)


@pytest.mark.parametrize("data", [b"", b"{", b"[]\n", b'{"constants":{}', b'{"other":1,\n'])
def test_what_is_no_network_log_is_an_error(tmp_path, data):
    if data == b'{"constants":{}':
        assert kept(tmp_path, data)["events"] == []
        return
    with pytest.raises(ValueError, match="constants"):
        kept(tmp_path, data)


def test_the_same_log_gives_the_same_bytes(tmp_path):
    path = tmp_path / "raw.json"
    path.write_bytes(log([event(url="https://a.test/?sid=1234567890abc")]))
    assert keep_netlog(path, Redactor(bytes(16))) == keep_netlog(path, Redactor(bytes(16)))


def test_a_log_that_has_no_end_is_cut_and_says_that_it_is_not_whole(tmp_path, monkeypatch):
    data = log([event(url=f"https://h{number}.test/") for number in range(200)])
    monkeypatch.setattr(netlog, "MAX_RAW_BYTES", len(data) // 2)
    result = kept(tmp_path, data)
    assert 0 < len(result["events"]) < 200
    assert result["pantau"]["complete"] is False


@pytest.mark.browser
def test_the_log_of_a_real_browser(start, site, tmp_path):
    site.routes["/"] = page(
        "T", f"<script>fetch('/q?token={SECRET}',{{headers:{{'X-Kunci':'{SECRET}'}}}})</script>"
    )
    with start(site=site) as lab:
        lab.open(site.url(host="a.test"))
        lab.response("/q?")
        raw, redactor = lab.netlog, lab.redactor
    assert SECRET in raw.read_text()
    result = json.loads(gzip.decompress(keep_netlog(raw, redactor)))
    assert SECRET not in json.dumps(result)
    assert result["pantau"] == {"complete": True, "dropped_lines": 0, "dropped_strings": 0}
    urls = {entry.get("params", {}).get("url", "") for entry in result["events"]}
    assert site.url(host="a.test") in urls
    cut = tmp_path / "cut.json"
    cut.write_bytes(raw.read_bytes()[: raw.stat().st_size // 2])
    assert json.loads(gzip.decompress(keep_netlog(cut, redactor)))["pantau"]["complete"] is False
