"""`pantau host` and `pantau hosts unknown`."""

import json

import pytest

from crawler.errors import ConfigError, PolicyError
from tests.bundles import a_request, a_visit, make_bundle
from tests.cli.test_index import call

HEADER = "host,match,name_class,operator,owner,role,payment,valid_from,valid_to,sources,confidence,note\n"
RUNGS = ["host", "pattern", "suffix", "stack", "stack-hint", "cname", "certificate", "as-number"]


def answers(*arguments, **environment):
    return json.loads(call("host", *arguments, "--json", **environment).output)


def test_every_rung_is_told_in_text_and_in_json():
    text = call("host", "pay.tokopediax.com").output
    assert text.splitlines()[0].startswith("pay.tokopediax.com: TikTok")
    assert text.count("not looked at") == 3
    (answer,) = answers("pay.tokopediax.com")
    assert (answer["name_class"], answer["operator"]) == ("tokopedia_goto", "tiktok_bytedance")
    assert [rung["name"] for rung in answer["rungs"]] == RUNGS


def test_a_url_a_deep_link_and_an_address_are_names_too():
    given = (
        "https://PAY.tokopedia.com/v2?x=1",
        "gojek:",
        "intent://pay#Intent;scheme=snssdk1233;end",
        "202.52.240.1",
    )
    assert [(each["host"], each["operator"]) for each in answers(*given)] == [
        ("pay.tokopedia.com", "tokopedia_goto"),
        ("gojek:", "tokopedia_goto"),
        ("snssdk1233:", "tiktok_bytedance"),
        ("202.52.240.1", "tiktok_bytedance"),
    ]


def test_ten_thousand_names_from_a_file(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text("# seen\n\n" + "".join(f"h{number}.tokopediax.com\n" for number in range(10_000)))
    found = answers("--file", path)
    assert len(found) == 10_000
    assert {each["operator"] for each in found} == {"tiktok_bytedance"}
    assert call("host", "--file", path).output.count("\n") == 10_000 * 10 + 10_000


def test_what_a_name_hides_is_made_harmless(tmp_path):
    assert "\x1b" not in call("host", "a\x1b[2Jb.test").output


def test_no_name_and_no_file_is_a_mistake(tmp_path):
    assert isinstance(call("host").exception, ConfigError)
    assert isinstance(call("host", "--file", tmp_path / "none.txt").exception, ConfigError)


def test_rows_of_one_s_own_lie_over_the_shipped_ones(tmp_path):
    own = tmp_path / "own.csv"
    rows = (
        "www.tokopedia.com,host,third_party,third_party,Uji,shop,no,,,own,low,\n"
        "kas.test,suffix,third_party,payment_id,PT Kas,payment,yes,,,own,medium,\n"
    )
    own.write_text(HEADER + rows)
    found = answers("www.tokopedia.com", "x.kas.test", "m.tokopedia.com", PANTAU_HOSTS=str(own))
    assert [each["operator"] for each in found] == ["third_party", "payment_id", "tokopedia_goto"]


def test_a_bad_row_of_one_s_own_is_named_by_its_line(tmp_path):
    own = tmp_path / "own.csv"
    own.write_text(HEADER + "a.test,host,nobody,unknown,,,no,,,own,low,\n")
    error = call("host", "a.test", PANTAU_HOSTS=str(own)).exception
    assert isinstance(error, PolicyError)
    assert "own.csv, line 2" in error.message


@pytest.fixture
def stored(tmp_path):
    requests = [
        *(a_request("https://sering.test/x") for _ in range(3)),
        a_request("https://jarang.test/x"),
        a_request("https://t0kopedia.com/x"),
        a_request("https://t0kopedia.com/x"),
        a_request("https://www.tokopedia.com/"),
        a_request("https://gagal.test/", contacted=False, failure="net::ERR_NAME_NOT_RESOLVED"),
    ]
    return make_bundle(tmp_path, visits=[a_visit("cart")], requests=requests)


@pytest.mark.parametrize("names", [("",), ("www.tokopedia.com", " ")])
def test_an_empty_name_is_a_mistake(names):
    result = call("host", *names)
    assert isinstance(result.exception, ConfigError)
    assert "empty" in result.exception.message


def test_unknown_hosts_come_most_frequent_first(stored, tmp_path):
    found = json.loads(call("hosts", "unknown", "--out", tmp_path / "snapshots", "--json").output)
    assert found == [
        {"host": "sering.test", "requests": 3, "runs": 1, "resembles": ""},
        {"host": "t0kopedia.com", "requests": 2, "runs": 1, "resembles": "tokopedia"},
        {"host": "jarang.test", "requests": 1, "runs": 1, "resembles": ""},
    ]
    lines = call("hosts", "unknown", stored.root).output.splitlines()
    assert [line.split()[2] for line in lines] == ["sering.test", "t0kopedia.com", "jarang.test"]


def test_a_bundle_that_is_none_is_told_and_the_others_are_counted(stored, tmp_path):
    broken = tmp_path / "kosong"
    broken.mkdir()
    result = call("hosts", "unknown", broken, stored.root)
    assert result.return_value == 6
    assert "sering.test" in result.output
