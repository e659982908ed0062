"""A sealed bundle says so, and every way of touching one is named."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.model.evidence import RunRecord, Trust
from crawler.store.layout import REQUESTS
from crawler.store.verify import TAG_FILES, verify
from crawler.store.writer import BundleWriter


def run_record(**changes: object) -> RunRecord:
    facts: dict[str, object] = {
        "schema_version": 1,
        "run_id": "20240312T010203Z-00000000",
        "origin": "crawl",
        "target": "https://shop.test/",
        "scenario": {
            "id": "shop",
            "title": {"id": "Toko", "en": "Shop"},
            "sha256": "0" * 64,
            "start_url": "https://shop.test/",
            "stages": ["storefront"],
        },
        "device": "desktop",
        "as_of": "2024-03-12",
        "simulated": False,
        "settings": {},
        "environment": None,
        "trust": Trust(),
        "status": "complete",
        "ended_by": "journey",
        "started": "2024-03-12T01:02:03.000Z",
        "ended": "2024-03-12T01:03:03.000Z",
        "guard": None,
        "visits": [],
    }
    return RunRecord.model_validate(facts | changes)


def write_bundle(snapshots: Path) -> Path:
    writer = BundleWriter.create(snapshots, "shop", "20240312T010203Z-00000000")
    writer.add("data/scenario.py", b"# a scenario\n", kind="scenario")
    writer.append(REQUESTS, run_record())
    writer.commit_streams(1)
    writer.append(REQUESTS, run_record(device="mobile"))
    writer.add("data/stages/01-storefront/viewport.png", b"\x89PNG picture", kind="viewport", visit=1, page=1)
    writer.add_blob(b"a body")
    writer.seal(run_record())
    return writer.root


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return write_bundle(tmp_path)


def payload(bundle: Path) -> list[str]:
    return [line[66:] for line in (bundle / "manifest-sha256.txt").read_text().splitlines()]


def rewrite_line(manifest: Path, path: str, digest: str) -> None:
    lines = manifest.read_text().splitlines()
    manifest.write_text(
        "".join(f"{digest}  {path}\n" if line[66:] == path else line + "\n" for line in lines)
    )


def test_a_sealed_bundle_is_unchanged(bundle: Path) -> None:
    assert verify(str(bundle)) == []


def test_sha256sum_agrees(bundle: Path) -> None:
    subprocess.run(["sha256sum", "--strict", "-c", "manifest-sha256.txt"], cwd=bundle, check=True)
    subprocess.run(["sha256sum", "--strict", "-c", "tagmanifest-sha256.txt"], cwd=bundle, check=True)


def test_the_copy_inside_needs_nothing_of_ours(bundle: Path) -> None:
    command = [sys.executable, "-I", "-S", str(bundle / "verify.py")]
    assert subprocess.run(command, check=False).returncode == 0
    (bundle / "data/scenario.py").write_bytes(b"# another\n")
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 6
    assert "data/scenario.py" in done.stdout


def all_files(bundle: Path) -> list[str]:
    return sorted(path.relative_to(bundle).as_posix() for path in bundle.rglob("*") if path.is_file())


def test_one_byte_changed_in_any_file_is_named(tmp_path: Path) -> None:
    original = write_bundle(tmp_path / "a")
    for name in all_files(original):
        copy = tmp_path / "copy"
        shutil.copytree(original, copy)
        data = bytearray((copy / name).read_bytes())
        data[len(data) // 2] ^= 1
        (copy / name).write_bytes(bytes(data))
        problems = verify(str(copy))
        assert any(name in problem for problem in problems), (name, problems)
        shutil.rmtree(copy)


def test_a_file_deleted_is_named(tmp_path: Path) -> None:
    original = write_bundle(tmp_path / "a")
    for name in all_files(original):
        copy = tmp_path / "copy"
        shutil.copytree(original, copy)
        (copy / name).unlink()
        assert any(name in problem for problem in verify(str(copy))), name
        shutil.rmtree(copy)


@pytest.mark.parametrize(
    "path", ["data/extra.txt", "data/stages/01-storefront/x.png", "extra.txt", "sub/extra.txt"]
)
def test_a_file_added_is_named(bundle: Path, path: str) -> None:
    (bundle / path).parent.mkdir(exist_ok=True)
    (bundle / path).write_text("new")
    assert any(path in problem for problem in verify(str(bundle)))


@pytest.mark.parametrize(
    "path", ["derived/a.json", "findings/p.json", "report/r.html", "review/x.jsonl", "signature.json"]
)
def test_what_lies_outside_the_seal_may_come_and_go(bundle: Path, path: str) -> None:
    (bundle / path).parent.mkdir(exist_ok=True)
    (bundle / path).write_text("new")
    assert verify(str(bundle)) == []


def test_every_file_rewritten_with_its_manifest_line_is_named(tmp_path: Path) -> None:
    original = write_bundle(tmp_path / "a")
    for name in payload(original):
        copy = tmp_path / "copy"
        shutil.copytree(original, copy)
        data = (copy / name).read_bytes() + b"\n"
        (copy / name).write_bytes(data)
        rewrite_line(copy / "manifest-sha256.txt", name, hashlib.sha256(data).hexdigest())
        digest = hashlib.sha256((copy / "manifest-sha256.txt").read_bytes()).hexdigest()
        problems = verify(str(copy))
        assert problems
        rewrite_line(copy / "tagmanifest-sha256.txt", "manifest-sha256.txt", digest)
        problems = verify(str(copy))
        assert any(name in problem for problem in problems), (name, problems)
        shutil.rmtree(copy)


def reseal_tags(bundle: Path) -> None:
    """Rewrite the tag manifest, as somebody would who changed tag files."""
    manifest = bundle / "tagmanifest-sha256.txt"
    for path in [line[66:] for line in manifest.read_text().splitlines()]:
        rewrite_line(manifest, path, hashlib.sha256((bundle / path).read_bytes()).hexdigest())


@pytest.mark.parametrize("change", [b"\n", b"X: y\n", b"#"])
def test_every_tag_file_rewritten_with_its_manifest_line_is_named(tmp_path: Path, change: bytes) -> None:
    original = write_bundle(tmp_path / "a")
    for name in TAG_FILES:
        copy = tmp_path / "copy"
        shutil.copytree(original, copy)
        (copy / name).write_bytes((copy / name).read_bytes() + change)
        reseal_tags(copy)
        problems = verify(str(copy))
        assert any(problem.startswith(name) for problem in problems), (name, problems)
        shutil.rmtree(copy)


@pytest.mark.parametrize("name", ["bagit.txt", "verify.py", "bag-info.txt"])
def test_a_tag_file_replaced_with_its_manifest_line_is_named(bundle: Path, name: str) -> None:
    (bundle / name).write_text('print("OK: sealed and unchanged")\n')
    reseal_tags(bundle)
    assert any(problem.startswith(name) for problem in verify(str(bundle)))


def bag_info(bundle: Path) -> list[str]:
    return [line.partition(":")[0] for line in (bundle / "bag-info.txt").read_text().splitlines()]


def test_every_field_of_the_bag_is_held_against_what_it_speaks_of(tmp_path: Path) -> None:
    original = write_bundle(tmp_path / "a")
    fields = bag_info(original)
    assert {"Bagging-Date", "External-Identifier", "Pantau-Sealed", "Pantau-Status"} < set(fields)
    for number, name in enumerate(fields):
        copy = tmp_path / "copy"
        shutil.copytree(original, copy)
        lines = (copy / "bag-info.txt").read_text().splitlines()
        lines[number] = f"{name}: 2020-01-01"
        (copy / "bag-info.txt").write_text("\n".join(lines) + "\n")
        reseal_tags(copy)
        assert [problem for problem in verify(str(copy)) if problem.startswith(f"bag-info.txt: {name} ")], (
            name
        )
        shutil.rmtree(copy)


def test_the_manifests_have_one_form_only(tmp_path: Path) -> None:
    original = write_bundle(tmp_path / "a")
    for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        text = (original / name).read_text()
        lines = text.splitlines(keepends=True)
        forms = [
            "".join(lines[::-1]),
            text.rstrip("\n"),
            text + "\n",
            text.replace("\n", "\r\n"),
            text.upper(),
        ]
        for form in forms:
            copy = tmp_path / "copy"
            shutil.copytree(original, copy)
            (copy / name).write_text(form, newline="")
            if name == "manifest-sha256.txt":
                reseal_tags(copy)
            assert verify(str(copy)), (name, form)
            shutil.rmtree(copy)


def test_a_tag_manifest_lists_the_tag_files_and_no_other(bundle: Path) -> None:
    (bundle / "report").mkdir()
    (bundle / "report/r.html").write_text("sealed?")
    digest = hashlib.sha256(b"sealed?").hexdigest()
    manifest = bundle / "tagmanifest-sha256.txt"
    lines = [*manifest.read_text().splitlines(), f"{digest}  report/r.html"]
    manifest.write_text("".join(line + "\n" for line in sorted(lines, key=lambda line: line[66:])))
    assert any(problem.startswith("report/r.html") for problem in verify(str(bundle)))


@pytest.mark.parametrize(
    "content", [b"[]", b"[" * 100_000, b"\xff\xfe", b'{"schema_version":' + b"9" * 5_000 + b"}", b""]
)
def test_a_run_record_that_is_none_never_raises(bundle: Path, content: bytes) -> None:
    (bundle / "data/run.json").write_bytes(content)
    assert "data/run.json: not a JSON object" in verify(str(bundle))


OUTSIDE = ("derived", "findings", "report", "review")


@pytest.mark.parametrize(
    "name", [*OUTSIDE, *(f"{folder}/a/b" for folder in OUTSIDE), "data/link", "signature.json"]
)
def test_a_link_is_named_wherever_it_lies(bundle: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (bundle / name).parent.mkdir(parents=True, exist_ok=True)
    (bundle / name).symlink_to(tmp_path / "elsewhere")
    assert any(problem.startswith(f"{name}: ") for problem in verify(str(bundle)))


@pytest.mark.parametrize("name", [*OUTSIDE, "report/pipe", "data/pipe", "data/empty/pipe", "signature.json"])
def test_a_pipe_is_named_wherever_it_lies(bundle: Path, name: str) -> None:
    (bundle / name).parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(bundle / name)
    assert any(problem.startswith(f"{name}: ") for problem in verify(str(bundle)))


def test_a_pipe_in_place_of_any_file_is_named_and_never_waited_for(tmp_path: Path) -> None:
    original = write_bundle(tmp_path / "a")
    for name in all_files(original):
        copy = tmp_path / "copy"
        shutil.copytree(original, copy)
        (copy / name).unlink()
        os.mkfifo(copy / name)
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(original / "verify.py"), str(copy)],
            check=False, capture_output=True, text=True, timeout=20,
        )  # fmt: skip
        assert (done.returncode, name in done.stdout) == (6, True), (name, done.stdout)
        shutil.rmtree(copy)


def test_a_socket_is_named(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (bundle / "report").mkdir()
    monkeypatch.chdir(bundle)  # the name of a socket may have 108 characters at most
    with socket.socket(socket.AF_UNIX) as open_socket:
        open_socket.bind("report/socket")
    assert verify(str(bundle)) == ["report/socket: not a plain file"]


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_file_in_place_of_a_folder_outside_the_seal_is_named(bundle: Path, name: str) -> None:
    (bundle / name).write_text("")
    assert verify(str(bundle)) == [f"{name}: not a folder"]


def test_an_empty_folder_changes_nothing(bundle: Path) -> None:
    (bundle / "data/empty").mkdir()
    assert verify(str(bundle)) == []


def test_a_line_of_the_chain_removed_is_named_even_with_all_manifests_rewritten(tmp_path: Path) -> None:
    original = write_bundle(tmp_path / "a")
    count = len((original / "data/chain.jsonl").read_bytes().splitlines())
    for number in range(count):
        copy = tmp_path / "copy"
        shutil.copytree(original, copy)
        chain = copy / "data/chain.jsonl"
        lines = chain.read_bytes().splitlines(keepends=True)
        chain.write_bytes(b"".join(lines[:number] + lines[number + 1 :]))
        rewrite_line(
            copy / "manifest-sha256.txt", "data/chain.jsonl", hashlib.sha256(chain.read_bytes()).hexdigest()
        )
        digest = hashlib.sha256((copy / "manifest-sha256.txt").read_bytes()).hexdigest()
        rewrite_line(copy / "tagmanifest-sha256.txt", "manifest-sha256.txt", digest)
        assert any("data/chain.jsonl" in problem for problem in verify(str(copy))), number
        shutil.rmtree(copy)


def test_links_are_not_followed(bundle: Path, tmp_path: Path) -> None:
    target = bundle / "data/scenario.py"
    outside = tmp_path / "same.py"
    outside.write_bytes(target.read_bytes())
    target.unlink()
    target.symlink_to(outside)
    assert any("data/scenario.py" in problem for problem in verify(str(bundle)))


def test_a_path_that_leaves_the_bundle_is_refused(bundle: Path) -> None:
    with (bundle / "manifest-sha256.txt").open("a") as manifest:
        manifest.write(f"{'0' * 64}  ../../etc/passwd\n")
    assert any("not a hash and a path" in problem for problem in verify(str(bundle)))


def test_hostile_names_are_printed_inert(bundle: Path) -> None:
    os.mkfifo(bundle / "data/\x1b[2Jname")
    problems = verify(str(bundle))
    assert problems
    assert not any("\x1b" in problem for problem in problems)


def test_a_folder_that_was_never_sealed_says_so(tmp_path: Path) -> None:
    writer = BundleWriter.create(tmp_path, "shop", "x")
    writer.add("data/scenario.py", b"#", kind="scenario")
    writer.close()
    assert verify(str(writer.root))[0].startswith("not sealed")
    assert verify(str(tmp_path / "nowhere"))[0].startswith("not a bundle")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_change_of_any_byte_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = write_bundle(tmp_path_factory.mktemp("b"))
    name = data.draw(st.sampled_from(all_files(folder)))
    content = bytearray((folder / name).read_bytes())
    position = data.draw(st.integers(0, len(content) - 1))
    content[position] = data.draw(st.integers(0, 255).filter(lambda byte: byte != content[position]))
    (folder / name).write_bytes(bytes(content))
    assert verify(str(folder))


def test_random_bytes_in_place_of_the_chain_never_raise(bundle: Path) -> None:
    for junk in (
        b"",
        b"[]\n",
        b"null\n",
        b"{" * 5000 + b"\n",
        b"\xff\xfe\n",
        json.dumps({"path": 1}).encode(),
    ):
        (bundle / "data/chain.jsonl").write_bytes(junk)
        assert verify(str(bundle))
