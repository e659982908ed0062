"""A reader never trusts, and answers what is asked of a bundle."""

from __future__ import annotations

import hashlib
import json
import pickle
from pathlib import Path

import pytest

from crawler.errors import ArtifactMissing, BundleCorrupt, SchemaTooNew
from crawler.model.evidence import Body, FrameRecord, Initiator, Request, RunRecord
from crawler.store.bundle import Bundle
from crawler.store.layout import REQUESTS, RUN
from crawler.store.verify import CHAIN, FIRST
from crawler.store.writer import BundleWriter
from tests.store.test_verify import run_record, write_bundle


def request(number: int) -> Request:
    return Request(
        id=f"r{number:06d}",
        time="2024-03-12T01:02:03.000Z",
        visit=1,
        page=1,
        frame="https://shop.test/",
        initiator=Initiator(type="document"),
        method="GET",
        url=f"https://shop.test/{number}",
        type="document",
        headers={},
        body=Body(state="none"),
        seen_by=("playwright",),
        state="sent",
    )


def test_a_changed_bundle_is_not_opened(tmp_path: Path) -> None:
    root = write_bundle(tmp_path)
    (root / "data/scenario.py").write_text("changed")
    with pytest.raises(BundleCorrupt, match="data/scenario.py"):
        Bundle(root)


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    writer = BundleWriter.create(tmp_path, "shop", "run")
    writer.seal(run_record(schema_version=99))
    with pytest.raises(SchemaTooNew):
        Bundle(writer.root)


def resealed(root: Path, run: bytes) -> Path:
    """Rewrite `run.json` with everything that speaks of it, as nobody but a forger would."""
    (root / RUN).write_bytes(run)
    chain = root / CHAIN
    previous, lines = FIRST, []
    for line in chain.read_bytes().splitlines():
        entry = json.loads(line)
        if entry["path"] == RUN:
            entry |= {"sha256": hashlib.sha256(run).hexdigest(), "bytes": len(run)}
        lines.append(json.dumps(entry | {"prev": previous}, separators=(",", ":")).encode())
        previous = hashlib.sha256(lines[-1]).hexdigest()
    chain.write_bytes(b"\n".join(lines) + b"\n")
    for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        paths = [line[66:] for line in (root / name).read_text().splitlines()]
        hashes = [f"{hashlib.sha256((root / path).read_bytes()).hexdigest()}  {path}\n" for path in paths]
        (root / name).write_text("".join(hashes))
    return root


@pytest.mark.parametrize(
    "run", [b"[]", b"null", b"[" * 100_000, b"\xff\xfe", b'{"schema_version":' + b"9" * 5_000 + b"}"]
)
def test_a_run_record_that_is_none_is_a_corrupt_bundle(tmp_path: Path, run: bytes) -> None:
    with pytest.raises(BundleCorrupt):
        Bundle(resealed(write_bundle(tmp_path), run))


@pytest.mark.parametrize(
    "run", [b"[]", b"null", b"[" * 100_000, b"\xff\xfe", b'{"schema_version":' + b"9" * 5_000 + b"}"]
)
def test_a_reader_does_not_lean_on_the_verifier(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: bytes
) -> None:
    """The same, had the verifier let it through: every file is read by somebody who trusts nothing."""
    monkeypatch.setattr("crawler.store.verify.verify", lambda root: [])
    with pytest.raises(BundleCorrupt, match="run.json"):
        Bundle(resealed(write_bundle(tmp_path), run))


@pytest.mark.parametrize("version", [0, -1, True, False, "1", 1.0, None, [1]])
def test_a_schema_version_is_a_whole_number_from_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: object
) -> None:
    monkeypatch.setattr("crawler.store.verify.verify", lambda root: [])
    root = write_bundle(tmp_path)
    run = json.loads((root / RUN).read_bytes()) | {"schema_version": version}
    with pytest.raises(BundleCorrupt, match="schema version"):
        Bundle(resealed(root, json.dumps(run).encode()))


@pytest.mark.parametrize("content", [b"[" * 100_000, b"\xff\xfe", b"[]", b"", b'"\\ud800"'])
def test_an_artifact_that_is_no_record_is_a_corrupt_bundle(tmp_path: Path, content: bytes) -> None:
    writer = BundleWriter.create(tmp_path, "shop", "20240312T010203Z-00000000")
    writer.add("data/x.json", content, kind="x")
    writer.seal(run_record())
    with pytest.raises(BundleCorrupt, match="data/x.json"):
        Bundle(writer.root).record("data/x.json", RunRecord)


@pytest.mark.parametrize(
    "change",
    [
        {"time": "garbage"}, {"time": "2400-01-01T00:00:00Z"}, {"time": "2026-01-01T00:00:00"}, {"time": 5},
        {"time": None}, {"headers": []}, {"url": None}, {"visit": 1e400}, {"page": []},
        {"id": "r000001"}, {"body": {"state": "stored", "bytes": -1}},
        {"body": {"state": "none", "bytes": 10**30}},
        {"seen_by": {"a": {}}}, {"unknown": 1}, {"frame": "\\ud800"},
    ],
)  # fmt: skip
def test_a_damaged_request_costs_its_own_line_and_is_counted(
    tmp_path: Path, change: dict[str, object]
) -> None:
    writer = BundleWriter.create(tmp_path, "shop", "run")
    for number in (1, 2, 3):
        writer.append(REQUESTS, request(number))
    writer.close()
    path = writer.root / REQUESTS
    lines = path.read_bytes().splitlines()
    broken = json.loads(lines[1]) | change
    lines[1] = json.dumps(broken).replace("\\\\ud800", "\\ud800").encode()
    path.write_bytes(b"\n".join([*lines, b"[" * 100_000, b"\xff", b'{"id": NaN}']) + b"\n")
    again = BundleWriter(writer.root)
    again.seal(run_record())
    bundle = Bundle(writer.root)
    assert [each.id for each in bundle.requests()] == ["r000001", "r000003"]
    assert bundle.unreadable_lines()[REQUESTS] == 4


def answering(tmp_path: Path) -> Bundle:
    """Return a bundle with two requests, a kept body and a list of frames."""
    writer = BundleWriter.create(tmp_path, "shop", "20240312T010203Z-00000000")
    writer.add_blob(b"body")
    writer.add("data/frames.json", b'[{"frame": 0, "parent": null, "url": "https://shop.test/", "name": ""}]')
    writer.add("data/odd.json", b'[{"frame": "first"}]')
    for number in (1, 2):
        writer.append(REQUESTS, request(number))
    writer.seal(run_record())
    return Bundle(writer.root)


def test_a_list_of_records_is_read_as_that(tmp_path: Path) -> None:
    bundle = answering(tmp_path)
    assert [frame.url for frame in bundle.records("data/frames.json", FrameRecord)] == ["https://shop.test/"]
    with pytest.raises(BundleCorrupt, match="not a list of FrameRecord"):
        bundle.records("data/odd.json", FrameRecord)
    with pytest.raises(ArtifactMissing):
        bundle.records("data/forms.json", FrameRecord)


def test_a_body_is_had_by_its_hash(tmp_path: Path) -> None:
    bundle = answering(tmp_path)
    kept = hashlib.sha256(b"body").hexdigest()
    assert bundle.blob(kept) == b"body"
    assert bundle.body(Body(state="stored", sha256_stored=kept)) == b"body"
    assert bundle.body(Body(state="none")) is None
    assert bundle.body(Body(state="stored", sha256_stored="0" * 64)) is None
    with pytest.raises(ArtifactMissing):
        bundle.blob("0" * 64)


def test_streams_are_read_once_and_a_bundle_that_is_sent_away_leaves_them_at_home(tmp_path: Path) -> None:
    bundle = answering(tmp_path)
    assert bundle.requests() is bundle.requests()
    sent = pickle.loads(pickle.dumps(bundle))
    assert "https://shop.test/1" not in str(sent.__dict__)
    assert sent.requests() == bundle.requests()


def test_what_is_made_of_a_bundle_is_made_once(tmp_path: Path) -> None:
    bundle, made = answering(tmp_path), []
    for _ in range(2):
        assert bundle.once(made.append) is None
    assert made == [bundle]
    assert bundle.holds(RUN)
    assert not bundle.holds("data/nothing.json")
