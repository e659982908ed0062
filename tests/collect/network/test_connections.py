"""Who answered for which host, and that what is beyond the bound is told."""

from crawler.collect.network import connections
from crawler.collect.network.connections import Connections, transport_record
from crawler.model.evidence import Address

SERVER = Address(ip="192.0.2.1", port=443)


def on_page(seen: Connections, page: int) -> tuple[list[str], list[int]]:
    told: list[int] = []
    records = seen.on_page(1, page).items(told.append)
    return [record.host for record in records], told


def test_one_record_for_each_host_of_a_page():
    seen = Connections()
    for host in ("a.test", "b.test", "a.test"):
        seen.note(1, 1, transport_record(host, SERVER, {}))
    seen.note(1, 2, transport_record("c.test", SERVER, {}))
    assert on_page(seen, 1) == (["a.test", "b.test"], [])
    assert on_page(seen, 2) == (["c.test"], [])
    assert on_page(seen, 3) == ([], [])


def test_what_goes_beyond_the_bound_is_told_for_its_page(monkeypatch):
    monkeypatch.setattr(connections, "MAX_RECORDS", 2)
    seen = Connections()
    for page, host in ((1, "a.test"), (1, "b.test"), (1, "a.test"), (2, "c.test"), (2, "d.test")):
        seen.note(1, page, transport_record(host, SERVER, {}))
    assert on_page(seen, 1) == (["a.test", "b.test"], [])
    assert on_page(seen, 2) == ([], [2])


def test_the_certificate_of_a_connection():
    facts = {"issuer": "CA", "subjectName": "a.test", "validFrom": 1_700_000_000, "validTo": 0}
    record = transport_record("a.test", SERVER, facts)
    assert (record.issuer, record.subject, record.valid_from, record.valid_to) == (
        "CA", "a.test", "2023-11-14T22:13:20.000Z", None,
    )  # fmt: skip
