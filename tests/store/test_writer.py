"""A writer never overwrites, keeps what a kill leaves, and seals once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.errors import CaptureError, ConfigError
from crawler.store.bundle import Bundle
from crawler.store.layout import REQUESTS
from crawler.store.verify import verify
from crawler.store.writer import BundleWriter, previous_run
from tests.store.test_bundle import request
from tests.store.test_verify import run_record, write_bundle


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
    assert previous_run(latest, "https://shop.test/", "desktop", "guest") == "20240101T000000Z-a"
    assert previous_run(latest, "https://shop.test/", "desktop", "login") is None
    assert (
        previous_run(tmp_path / "shop" / "20230101T000000Z-a", "https://shop.test/", "desktop", "guest")
        is None
    )
