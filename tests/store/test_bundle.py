"""A writer never overwrites, a reader never trusts."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from crawler.errors import BundleCorrupt, CaptureError, ConfigError, SchemaTooNew
from crawler.model.evidence import Body, Initiator, Request, RunRecord
from crawler.store.bundle import Bundle
from crawler.store.layout import REQUESTS, RUN
from crawler.store.verify import CHAIN, FIRST, verify
from crawler.store.writer import BundleWriter, previous_run
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


def test_a_file_is_never_overwritten(tmp_path: Path) -> None:
    writer = BundleWriter.create(tmp_path, "shop", "run")
    writer.add("data/a.txt", b"first", kind="x")
    with pytest.raises(CaptureError):
        writer.add("data/a.txt", b"second", kind="x")
    assert (writer.root / "data/a.txt").read_bytes() == b"first"


def test_a_run_folder_is_never_shared(tmp_path: Path) -> None:
    BundleWriter.create(tmp_path, "shop", "run").close()
    with pytest.raises(ConfigError):
        BundleWriter.create(tmp_path, "shop", "run")


@pytest.mark.parametrize(
    "path", ["data/../x", "/data/x", "data/a b", "x", "data/.hidden", "data//x", "data/x/../../y"]
)
def test_a_path_from_a_page_cannot_leave_the_folder(tmp_path: Path, path: str) -> None:
    writer = BundleWriter.create(tmp_path, "shop", "run")
    with pytest.raises(CaptureError):
        writer.add(path, b"", kind="x")


def test_a_folder_that_cannot_be_made_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be made"):
        BundleWriter.create(tmp_path / "file", "shop", "run")


def test_a_full_disk_is_told_and_leaves_the_folder_unsealed(tmp_path: Path) -> None:
    writer = BundleWriter.create(tmp_path, "shop", "run")
    (writer.root / REQUESTS).symlink_to("/dev/full")
    with pytest.raises(CaptureError, match="No space left"):
        writer.append(REQUESTS, request(1))
    assert verify(str(writer.root))[0].startswith("not sealed")


def test_what_a_kill_cut_off_is_dropped_and_counted(tmp_path: Path) -> None:
    writer = BundleWriter.create(tmp_path, "shop", "run")
    writer.add("data/a.txt", b"first", kind="x")
    writer.append(REQUESTS, request(1))
    writer.close()
    with (writer.root / "data/chain.jsonl").open("ab") as chain:
        chain.write(b'{"seq":2,"path":"data/b')
    with (writer.root / REQUESTS).open("ab") as requests:
        requests.write(b'{"id":"r0000')
    (writer.root / "data/half.png").write_bytes(b"half")
    again = BundleWriter(writer.root)
    assert again.dropped_lines == 1
    again.seal(run_record(dropped_lines=1))
    bundle = Bundle(writer.root)
    assert [entry.id for entry in bundle.requests()] == ["r000001"]
    lines = [json.loads(line) for line in (writer.root / "data/chain.jsonl").read_text().splitlines()]
    assert {line["path"]: line["kind"] for line in lines}["data/half.png"] == "uncommitted"


def test_blobs_are_kept_once(tmp_path: Path) -> None:
    writer = BundleWriter.create(tmp_path, "shop", "run")
    assert writer.add_blob(b"body") == writer.add_blob(b"body")
    assert len(list((writer.root / "data/blobs").iterdir())) == 1


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


def test_a_bundle_is_sealed_once(tmp_path: Path) -> None:
    writer = BundleWriter(write_bundle(tmp_path))
    with pytest.raises(CaptureError):
        writer.seal(run_record())


def test_previous_is_the_last_sealed_run_of_the_same_target(tmp_path: Path) -> None:
    for name, changes in {
        "20240101T000000Z-a": {},
        "20240102T000000Z-b": {"device": "mobile"},
        "20240103T000000Z-c": {"target": "https://other.test/"},
    }.items():
        writer = BundleWriter.create(tmp_path, "shop", name)
        writer.seal(run_record(run_id=name, **changes))
    BundleWriter.create(tmp_path, "shop", "20240104T000000Z-d").close()
    latest = tmp_path / "shop" / "20240105T000000Z-e"
    assert previous_run(latest, "https://shop.test/", "desktop") == "20240101T000000Z-a"
    assert previous_run(tmp_path / "shop" / "20230101T000000Z-a", "https://shop.test/", "desktop") is None


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
