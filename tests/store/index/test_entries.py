"""A run folder as the rows that the index keeps of it."""

from crawler.store.index import entries, rows
from tests.bundles import a_request, a_visit, make_bundle


def test_a_sealed_bundle_has_rows_of_every_kind_that_it_speaks_of(tmp_path):
    bundle = make_bundle(
        tmp_path, [a_visit("cart")], [a_request("https://a.test/x"), a_request("https://a.test/y")]
    )
    entry = entries.read(bundle.root)
    (run,) = entry.rows[rows.RunRow]
    assert (run.state, run.seal, run.problem) == ("sealed", bundle.seal, "")
    assert [row.number for row in entry.rows[rows.RequestRow]] == [1, 2]
    assert [(row.host, row.requests) for row in entry.rows[rows.HostRow]] == [("a.test", 2)]
    assert rows.JudgementRow not in entry.rows


def test_a_folder_without_a_seal_has_a_row_of_its_own_alone(tmp_path):
    root = tmp_path / "shop" / "1"
    (root / "data").mkdir(parents=True)
    entry = entries.read(root)
    assert entry.state == "unsealed"
    assert list(entry.rows) == [rows.RunRow]
    assert entry.rows[rows.RunRow][0].run_id == "1"


def test_a_damaged_bundle_says_what_is_wrong_and_nothing_else(tmp_path):
    bundle = make_bundle(tmp_path, [a_visit("cart")])
    (bundle.root / "data/scenario.py").write_text("changed")
    entry = entries.read(bundle.root)
    assert entry.state == "damaged"
    assert "data/scenario.py" in entry.problem
    assert list(entry.rows) == [rows.RunRow]


def test_a_judgement_that_is_none_is_told_and_the_rest_is_kept(tmp_path):
    bundle = make_bundle(tmp_path, [a_visit("cart")])
    (bundle.root / "findings").mkdir()
    (bundle.root / "findings" / "a.json").write_text("{}")
    entry = entries.read(bundle.root)
    assert (entry.state, entry.problem) == ("sealed", "findings/a.json is not indexed: no judgement")
    assert entry.rows[rows.VisitRow]
    assert entries.stamp(bundle.root) == entry.stamp
