"""Run folders are read in several processes as in one, in their order."""

import pytest

from crawler.store.index import ahead, entries


def folders(tmp_path, count):
    made = [tmp_path / "shop" / f"{number:03}" for number in range(count)]
    for root in made:
        (root / "data").mkdir(parents=True)
    return made


@pytest.mark.parametrize("workers", [1, 2])
def test_entries_come_in_the_order_of_the_folders(tmp_path, workers):
    roots = folders(tmp_path, 3 * ahead.TOGETHER + 1)
    found = [entry.bundle for entry in ahead.read_ahead(roots, workers)]
    assert found == [f"shop/{number:03}" for number in range(len(roots))]


def test_what_a_process_that_ended_did_not_read_is_read_here(tmp_path, monkeypatch):
    roots = folders(tmp_path, 3)

    def broken(parts, workers):
        yield entries.read(parts[0])
        raise ahead.BrokenProcessPool

    monkeypatch.setattr(ahead, "_in_processes", broken)
    assert [entry.bundle for entry in ahead.read_ahead(roots, 2)] == ["shop/000", "shop/001", "shop/002"]


def test_nothing_is_read_of_no_folders():
    assert list(ahead.read_ahead([])) == []
