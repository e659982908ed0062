"""How far a run is: numbered lines, each told once, bounded."""

from crawler.store.progress import EACH, ProgressFile, read_progress


def test_what_happens_is_read_on_from_where_one_was(tmp_path):
    path = tmp_path / "progress.jsonl"
    assert read_progress(path) == []
    file = ProgressFile(path)
    file.append(
        {"event": "opened", "root": "/x/run", "scenario": {"stages": ["cart"]}, "scenario_sha256": "a"}
    )
    file.append({"event": "stage", "ordinal": 1, "kind": "cart", "started": "now"})
    first = read_progress(path)
    assert [(told.number, told.event["event"]) for told in first] == [(1, "opened"), (2, "stage")]
    assert first[0].event["stages"] == ["cart"]
    file.append({"event": "visit", "ordinal": 1, "kind": "cart", "reached": True, "reason": None})
    file.append({"event": "environment", "user_agent": "x"})
    assert [told.event["event"] for told in read_progress(path, 2)] == ["visit"]
    assert read_progress(path, 3) == []


def test_a_line_that_is_still_being_written_or_is_none_is_passed_over(tmp_path):
    path = tmp_path / "progress.jsonl"
    path.write_text(
        '{"event": "judging"}\nnonsense\n{"event": "other"}\n[1]\n{"event": "judged"}\n{"event": "vi'
    )
    assert [(told.number, told.event["event"]) for told in read_progress(path)] == [
        (1, "judging"),
        (5, "judged"),
    ]


def test_what_a_page_does_over_and_over_does_not_fill_the_disk(tmp_path):
    path = tmp_path / "progress.jsonl"
    file = ProgressFile(path)
    for _ in range(EACH + 50):
        file.append({"event": "refusal", "what": "request", "word": "", "url": "https://x/" + "y" * 9_000})
    file.append({"event": "judging"})
    told = read_progress(path)
    assert len(told) == EACH + 1
    assert len(told[0].event["url"]) == 2_000


def test_a_disk_that_takes_nothing_does_not_end_the_run(tmp_path):
    ProgressFile(tmp_path / "none" / "progress.jsonl").append({"event": "judging"})
