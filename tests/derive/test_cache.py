"""What is kept beside a bundle: found again, made again when damaged, never needed."""

from __future__ import annotations

import hashlib
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from crawler.derive.cache import cached, code_sha256, find_shared, keep_shared, shared_folder
from crawler.errors import ReaderError
from crawler.model.evidence import Record
from crawler.store.bundle import Bundle
from tests.bundles import make_bundle


class Answer(Record):
    value: int


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def bundle(tmp_path):
    return make_bundle(tmp_path)


class Maker:
    def __init__(self):
        self.calls = 0

    def __call__(self):
        self.calls += 1
        return Answer(value=7)


def entry(bundle):
    (found,) = (bundle.root / "derived" / "r").glob("*.json.z")
    return found


def test_made_once(bundle):
    make = Maker()
    answers = [cached(bundle, "r", {"a": "1"}, Answer, make) for _ in range(3)]
    assert answers == [Answer(value=7)] * 3
    assert make.calls == 1


def test_other_inputs_are_another_entry(bundle):
    make = Maker()
    cached(bundle, "r", {"a": "1"}, Answer, make)
    cached(bundle, "r", {"a": "2"}, Answer, make)
    assert make.calls == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-2],
        lambda data: b"",
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
        lambda data: data.split(b"\n")[1],
        lambda data: b"\xff" * 90,
        lambda data: data.split(b"\n")[0] + b"\nnull",
    ],
)
def test_damaged_entry_is_made_again(bundle, damage):
    make = Maker()
    cached(bundle, "r", {"a": "1"}, Answer, make)
    whole = entry(bundle).read_bytes()
    entry(bundle).write_bytes(damage(whole))
    assert cached(bundle, "r", {"a": "1"}, Answer, make) == Answer(value=7)
    assert make.calls == 2
    assert entry(bundle).read_bytes() == whole


def test_an_entry_that_only_agrees_with_itself_is_made_again(bundle):
    cached(bundle, "r", {"a": "1"}, Answer, Maker())
    body = b'{"value":8}'
    entry(bundle).write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
    assert cached(bundle, "r", {"a": "1"}, Answer, Maker()) == Answer(value=7)


def test_an_entry_of_another_machine_is_made_again(bundle, tmp_path, monkeypatch):
    cached(bundle, "r", {"a": "1"}, Answer, lambda: Answer(value=8))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "another"))
    assert cached(bundle, "r", {"a": "1"}, Answer, Maker()) == Answer(value=7)


def test_an_entry_put_in_the_place_of_another_is_made_again(bundle):
    cached(bundle, "r", {"a": "1"}, Answer, lambda: Answer(value=8))
    foreign = entry(bundle).read_bytes()
    entry(bundle).unlink()
    cached(bundle, "r", {"a": "2"}, Answer, Maker())
    entry(bundle).write_bytes(foreign)
    assert cached(bundle, "r", {"a": "2"}, Answer, Maker()) == Answer(value=7)


def test_without_a_key_nothing_is_kept_or_believed(bundle, data):
    cached(bundle, "r", {"a": "1"}, Answer, lambda: Answer(value=8))
    (data / "pantau" / "derive.key").chmod(0o644)
    make = Maker()
    assert [cached(bundle, "r", {"a": "1"}, Answer, make) for _ in range(2)] == [Answer(value=7)] * 2
    assert make.calls == 2


def test_failure_is_not_kept(bundle):
    def fail():
        raise ReaderError("broke")

    with pytest.raises(ReaderError):
        cached(bundle, "r", {"a": "1"}, Answer, fail)
    assert cached(bundle, "r", {"a": "1"}, Answer, Maker()) == Answer(value=7)


def test_where_nothing_can_be_written(bundle):
    (bundle.root / "derived").write_text("a file stands in the way")
    assert cached(bundle, "r", {"a": "1"}, Answer, Maker()) == Answer(value=7)


def test_the_seal_holds(bundle):
    cached(bundle, "r", {"a": "1"}, Answer, Maker())
    assert Bundle(bundle.root).seal == bundle.seal


class TestShared:
    @pytest.fixture(autouse=True)
    def cache(self, tmp_path, monkeypatch):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def test_recalled_for_any_bundle(self):
        assert find_shared("r", {"a": "1"}, Answer) is None
        keep_shared("r", {"a": "1"}, Answer(value=7))
        assert find_shared("r", {"a": "1"}, Answer) == Answer(value=7)
        assert find_shared("r", {"a": "2"}, Answer) is None

    def test_what_another_hand_wrote_is_not_believed(self):
        keep_shared("r", {"a": "1"}, Answer(value=7))
        with closing(sqlite3.connect(shared_folder() / "results.db", isolation_level=None)) as table:
            (body,) = table.execute("SELECT body FROM results").fetchone()
            table.execute("UPDATE results SET body = ?", [body.replace(b'"value":7', b'"value":8')])
        assert find_shared("r", {"a": "1"}, Answer) is None

    def test_many_at_once(self):
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: keep_shared("r", {"a": "1"}, Answer(value=7)), range(200)))
            found = list(pool.map(lambda _: find_shared("r", {"a": "1"}, Answer), range(200)))
        assert set(found) == {Answer(value=7)}
        assert {path.name for path in shared_folder().iterdir()} <= {
            "results.db",
            "results.db-wal",
            "results.db-shm",
        }

    def test_a_relative_folder_is_no_folder(self, monkeypatch):
        monkeypatch.setenv("XDG_CACHE_HOME", "here")
        assert shared_folder().is_absolute()


def test_of_what_other_code_made_no_more_stays_than_is_asked_for(bundle):
    for code in "abcde":
        cached(bundle, "r", {"code": code}, Answer, Maker(), most=2)

    assert len(list((bundle.root / "derived" / "r").glob("*.json.z"))) == 2
    make = Maker()
    cached(bundle, "r", {"code": "e"}, Answer, make, most=2)
    assert make.calls == 0


def test_the_hash_of_code_covers_its_data_and_follows_its_folders():
    claims, all_of_it = code_sha256("derive/claims"), code_sha256("derive/claims", "policies")

    assert claims == code_sha256("derive/claims")
    assert len({claims, all_of_it, code_sha256("policies")}) == 3
