"""Bodies and names of fields, as they are kept."""

import pytest

from crawler.collect.network import wire
from crawler.lib.kept import Kept
from crawler.lib.redact import Redactor
from crawler.store.writer import BundleWriter


def told(kept: Kept[str]) -> tuple[tuple[str, ...], list[int]]:
    counts: list[int] = []
    return kept.items(counts.append), counts


def test_the_names_of_an_address_each_once():
    assert told(wire.query_fields("https://a.test/?b=1&a=&b=2")) == (("b", "a"), [])
    assert told(wire.query_fields("https://a.test/")) == ((), [])
    assert told(wire.query_fields("https://[broken")) == ((), [])


def test_more_names_than_are_kept_are_counted():
    query = "&".join(f"n{number}=1" for number in range(wire.MAX_FIELDS + 7))
    names, counts = told(wire.query_fields(f"https://a.test/?{query}"))
    assert (len(names), names[0], counts) == (wire.MAX_FIELDS, "n0", [7])


@pytest.fixture
def keep(tmp_path):
    writer = BundleWriter(tmp_path / "bundle")

    def keep(data: bytes, content_type: str, limit_bytes: int = 1_000):
        redactor = Redactor(b"k" * 32)
        return wire.keep_body(data, content_type, limit_bytes, redactor, writer)

    yield keep
    writer.close()


def test_a_body_is_kept_with_the_names_of_its_fields(keep):
    body, names = keep(b"name=Budi&city=Solo", "application/x-www-form-urlencoded")
    assert (body.state, body.bytes) == ("stored", 19)
    assert told(names) == (("name", "city"), [])


def test_a_long_body_is_cut_and_a_far_longer_one_is_not_kept(keep):
    assert keep(b"x" * 20, "text/plain", limit_bytes=10)[0].state == "truncated"
    body, _ = keep(b"x" * 200, "text/plain", limit_bytes=10)
    assert (body.state, body.why, body.bytes) == ("not kept", wire.TOO_LARGE, 200)


def test_a_body_with_more_names_than_are_kept_says_how_many(keep):
    data = "&".join(f"n{number}=1" for number in range(wire.MAX_FIELDS + 3)).encode()
    _, names = keep(data, "application/x-www-form-urlencoded", limit_bytes=100_000)
    assert told(names)[1] == [3]
