"""Rows that a person adds to their own table of hosts."""

from __future__ import annotations

from datetime import date

import pytest

from crawler.derive.operators.hosts import HostRow, own_file, rows
from crawler.derive.operators.operator import Operators
from crawler.derive.operators.own_rows import add_row
from crawler.errors import PolicyError


@pytest.fixture(autouse=True)
def own(tmp_path, monkeypatch):
    monkeypatch.setenv("PANTAU_HOSTS", str(tmp_path / "own" / "hosts.csv"))


def a_row(host="pay.toko-baru.test", **facts):
    defaults = {
        "host": host,
        "match": "host",
        "name_class": "unknown",
        "operator": "payment_id",
        "owner": "PT Baru, Tbk",
        "role": "payment",
        "payment": "yes",
        "valid_from": "2026-11-01",
        "valid_to": "",
        "sources": "akta perusahaan, 12 November 2026",
        "confidence": "medium",
        "note": '=1+1 "kutipan"',
    }
    return HostRow.model_validate(defaults | facts)


def test_a_row_is_known_from_its_day_on():
    add_row(a_row())
    before, after = date(2026, 10, 31), date(2026, 11, 1)
    assert Operators.on(before).operator_of("pay.toko-baru.test").operator == "unknown"
    assert Operators.on(after).operator_of("pay.toko-baru.test").operator == "payment_id"


def test_rows_that_were_there_stay():
    add_row(a_row())
    add_row(a_row("lain.test", operator="third_party"))
    own = [row for row in rows() if row.host.endswith((".test",))]
    assert {(row.host, row.owner, row.note) for row in own} >= {
        ("pay.toko-baru.test", "PT Baru, Tbk", '=1+1 "kutipan"'),
        ("lain.test", "PT Baru, Tbk", '=1+1 "kutipan"'),
    }


def test_two_rows_for_the_same_time_are_refused_and_the_table_stays():
    add_row(a_row())
    before = own_file().read_bytes()
    with pytest.raises(PolicyError, match="two rows for the same time"):
        add_row(a_row(operator="third_party"))
    assert own_file().read_bytes() == before


def test_a_table_that_is_wrong_already_is_told_and_left_alone():
    own_file().parent.mkdir()
    own_file().write_text("host,match\na,b,c,d\n")
    with pytest.raises(PolicyError, match="line 2"):
        add_row(a_row())
    assert own_file().read_text() == "host,match\na,b,c,d\n"
