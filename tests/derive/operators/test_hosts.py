"""The table of hosts: rows that hold on a day, looked up by name, domain, pattern and scheme."""

from datetime import date

import pytest

from crawler.derive.operators.hosts import HostTable, own_file, own_sha256, parse_hosts, rows
from crawler.errors import PolicyError

HEADER = "host,match,name_class,operator,owner,role,payment,valid_from,valid_to,sources,confidence,note\n"


def row(host, match="host", operator="third_party", since="", until=""):
    return f"{host},{match},unknown,{operator},X,cdn,no,{since},{until},S1,high,\n"


def table(*listed, day=None):
    return HostTable(parse_hosts(HEADER + "".join(listed), "t.csv"), day)


def test_a_row_holds_from_its_first_day_to_its_last():
    dated = row("a.test", since="2024-02-01", until="2024-02-29")
    for day, holds in (
        (date(2024, 1, 31), False),
        (date(2024, 2, 1), True),
        (date(2024, 2, 29), True),
        (date(2024, 3, 1), False),
    ):
        assert (table(dated, day=day).exact("a.test") is not None) is holds


def test_without_a_day_what_has_ended_does_not_hold():
    assert table(row("a.test", until="2024-02-29")).exact("a.test") is None


def test_each_way_of_meaning_a_name():
    known = table(
        row("a.test"), row("b.test", "suffix"), row(r"cdn\d+\.c\.test", "pattern"), row("gojek", "scheme")
    )
    assert known.exact("a.test")
    assert known.exact("x.a.test") is None
    assert known.suffix("x.y.b.test").host == "b.test"
    assert known.suffix("xb.test") is None
    assert known.pattern("cdn12.c.test")
    assert known.pattern("cdn12.c.test.evil.test") is None
    assert known.scheme("gojek")
    assert known.scheme("gojeks") is None


@pytest.mark.parametrize(
    "text",
    [row("a.test", operator="somebody"), row("(", "pattern"), row("a.test", since="yesterday"), "a.test\n"],
)
def test_a_wrong_row_names_its_line(text):
    with pytest.raises(PolicyError, match=r"t\.csv, line 2"):
        table(text)


def test_the_shipped_table_is_right_and_the_own_file_lies_over_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PANTAU_HOSTS", str(tmp_path / "own.csv"))
    assert own_sha256() == ""
    shipped = rows()
    (tmp_path / "own.csv").write_text(HEADER + row("www.tokopedia.com", operator="third_party"))
    assert own_file() == tmp_path / "own.csv"
    assert own_sha256()
    assert HostTable(rows()).exact("www.tokopedia.com").operator == "third_party"
    assert len(rows()) <= len(shipped) + 1
