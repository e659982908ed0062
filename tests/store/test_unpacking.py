"""A ZIP that was made to harm leaves nothing behind that it wanted, and is refused with its reason."""

import zipfile

import pytest

from crawler.store import unpacking
from crawler.store.unpacking import UnfitZip, unpack_bundle
from crawler.store.verify import verify
from tests.bundles import a_visit, make_bundle
from tests.zips import LINK, altered, entry, flagged_as_encrypted, with_directory_of, zip_of


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return make_bundle(tmp_path_factory.mktemp("out"), visits=[a_visit("storefront", text=["Kopi"])]).root


@pytest.fixture
def packed(root, tmp_path):
    return lambda **given: zip_of(root, tmp_path / "upload.zip", **given)


def why(path, tmp_path):
    with pytest.raises(UnfitZip) as caught:
        unpack_bundle(path, tmp_path / "bundle")
    return caught.value.message_id.removeprefix("desk.upload.why.")


@pytest.mark.parametrize("prefix", [None, "", "run/", "a/b/c/run/"])
def test_a_bundle_is_unpacked_from_whatever_folder_it_lies_in(packed, tmp_path, prefix):
    unpacked = unpack_bundle(packed(prefix=prefix), tmp_path / "bundle")
    assert verify(str(tmp_path / "bundle")) == []
    assert unpacked.left_out == 0


def test_what_no_seal_covers_is_left_out_and_counted(packed, tmp_path):
    more = ("findings/p.json", "report/r.html", "review/d.jsonl", "derived/x", "note.txt", "data/.hidden")
    extra = [(f"run/{name}", b"<script>") for name in more] + [("__MACOSX/run/._x", b"x")]
    unpacked = unpack_bundle(packed(prefix="run/", extra=extra), tmp_path / "bundle")
    assert unpacked.left_out == 7
    assert verify(str(tmp_path / "bundle")) == []
    assert not (tmp_path / "bundle" / "report").exists()


@pytest.mark.parametrize(
    "name",
    [
        "../evil", "run/../../evil", "/etc/evil", "run/data/../../evil", "C:/evil", "run\\..\\evil",
        "run//evil", "run/./evil", "run/\x1b[2J", "run/evil\x00.png", "run/\u202eevil", "..", "run/..",
        "run/" + "x" * 1_100,
    ],
)  # fmt: skip
def test_a_name_that_leads_out_refuses_the_whole_file(packed, tmp_path, name):
    assert why(packed(prefix="run/", extra=[(entry(name), b"x")]), tmp_path) == "name"
    assert not (tmp_path / "bundle").exists()
    assert not list(tmp_path.parent.glob("evil*"))


@pytest.mark.parametrize("target", [b"/etc/passwd", b"../../../secret", b"data"])
def test_links_are_refused(packed, tmp_path, target):
    extra = [(entry("run/data/blobs/link", attributes=LINK), target)]
    assert why(packed(prefix="run/", extra=extra), tmp_path) == "link"


@pytest.mark.parametrize("mode", [0o010000, 0o020000, 0o060000, 0o140000])
def test_special_files_are_refused(packed, tmp_path, mode):
    extra = [(entry("run/data/blobs/pipe", attributes=(mode | 0o644) << 16), b"")]
    assert why(packed(prefix="run/", extra=extra), tmp_path) == "link"


@pytest.mark.parametrize(
    "names", [("run/data/a", "run/data/a"), ("run/data/a", "run/DATA/A"), ("run/data/a", "run/data/a/b")]
)
def test_a_name_that_stands_twice_refuses_the_file(packed, tmp_path, names):
    extra = [(entry(name), b"x") for name in names]
    assert why(packed(prefix="run/", extra=extra), tmp_path) == "twice"


def test_a_bomb_is_stopped_by_what_it_unpacks_to(packed, tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "MAX_ALL_BYTES", 2**20)
    extra = [(f"run/data/zeros-{number}", bytes(2**19)) for number in range(4)]
    assert why(packed(prefix="run/", extra=extra), tmp_path) == "too-large"
    assert not (tmp_path / "bundle").exists()


def test_a_bomb_that_says_it_is_small_is_stopped_as_it_comes(packed, tmp_path):
    path = packed(prefix="run/", extra=[("run/data/zeros", bytes(3 * 2**20))])
    size = (3 * 2**20).to_bytes(4, "little")
    altered(path, size, (1_000).to_bytes(4, "little"))
    assert why(path, tmp_path) == "broken"
    assert sum(each.stat().st_size for each in (tmp_path / "bundle").rglob("zeros")) <= 1_000


def test_a_bomb_that_says_it_is_larger_than_any_packing_is_refused(packed, tmp_path):
    path = packed(prefix="run/", extra=[("run/data/x", b"x" * 77_777)])
    altered(path, (77_777).to_bytes(4, "little"), (2**30).to_bytes(4, "little"))
    assert why(path, tmp_path) == "bomb"


def test_a_file_in_it_that_is_too_large_is_refused(packed, tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "MAX_FILE_BYTES", 50_000)
    assert why(packed(prefix="run/", extra=[("run/data/x", b"x" * 60_000)]), tmp_path) == "bomb"


def test_too_many_entries_are_not_even_listed(packed, tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "MAX_ENTRIES", 5)
    assert why(packed(), tmp_path) == "too-many"
    monkeypatch.undo()
    assert why(with_directory_of(packed(), 65_000, 2**31), tmp_path) == "too-many"
    assert why(with_directory_of(packed(), 0xFFFF, 0xFFFF_FFFF), tmp_path) == "broken"


def test_a_zip_in_the_evidence_is_a_file_like_any_other(tmp_path):
    inner = zip_of(make_bundle(tmp_path, visits=[a_visit("cart")]).root, tmp_path / "inner.zip")
    name = "data/blobs/" + "ab" * 32
    outer = make_bundle(
        tmp_path, visits=[a_visit("cart")], scenario_id="outer", files={name: inner.read_bytes()}
    )
    unpack_bundle(zip_of(outer.root, tmp_path / "outer.zip"), tmp_path / "bundle")
    assert (tmp_path / "bundle" / name).read_bytes() == inner.read_bytes()
    assert verify(str(tmp_path / "bundle")) == []


def test_bundles_in_a_zip_in_a_zip_are_none(root, tmp_path):
    inner = zip_of(root, tmp_path / "inner.zip")
    outer = tmp_path / "outer.zip"
    with zipfile.ZipFile(outer, "w") as archive:
        archive.write(inner, "run/inner.zip")
    assert why(outer, tmp_path) == "no-bundle"


def test_two_bundles_are_one_too_many(root, tmp_path):
    extra = [("other/tagmanifest-sha256.txt", b"x")]
    assert why(zip_of(root, tmp_path / "two.zip", extra=extra), tmp_path) == "several"


def test_what_is_encrypted_or_packed_strangely_is_refused(root, packed, tmp_path):
    assert why(flagged_as_encrypted(packed()), tmp_path) == "encrypted"
    strange = tmp_path / "strange.zip"
    with zipfile.ZipFile(strange, "w", zipfile.ZIP_LZMA) as archive:
        archive.write(root / "bagit.txt", "run/tagmanifest-sha256.txt")
    assert why(strange, tmp_path) == "method"


def test_a_wrong_check_sum_is_found(root, tmp_path):
    path = tmp_path / "stored.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for each in sorted(root.rglob("*")):
            if each.is_file():
                archive.write(each, f"run/{each.relative_to(root).as_posix()}")
    assert why(altered(path, b"BagIt-Version: 1.0", b"BagIt-Version: 9.9"), tmp_path) == "broken"


def test_a_name_that_differs_in_its_two_headers_is_refused(packed, tmp_path):
    path = packed(prefix="run/")
    data = path.read_bytes()
    at = data.index(b"run/bagit.txt")
    path.write_bytes(data[:at] + b"run/bagix.txt" + data[at + 13 :])
    assert why(path, tmp_path) == "broken"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no-zip"),
        (b"PK\x03\x04", "no-zip"),
        (b"<html>", "no-zip"),
        (b"\0" * 100_000, "no-zip"),
        (b"PK\x05\x06" + bytes(18), "no-bundle"),
        (b"PK\x06\x07" + b"\xff" * 16 + b"PK\x05\x06" + b"\xff" * 18, "broken"),
        (b"PK\x05\x06" + b"\xff" * 18, "broken"),
    ],
)
def test_what_is_no_zip_or_hardly_one_is_refused(tmp_path, data, reason):
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    assert why(path, tmp_path) == reason


@pytest.mark.parametrize("cut", [1, 30, 500, 5_000])
def test_a_file_that_was_cut_off_is_refused(packed, tmp_path, cut):
    path = packed()
    path.write_bytes(path.read_bytes()[:-cut])
    assert why(path, tmp_path) in ("no-zip", "broken")


def test_every_single_byte_changed_is_refused_or_verified(root, packed, tmp_path):
    """Whatever one byte is turned into, what is unpacked verifies, or the file is refused."""
    path = packed()
    data = path.read_bytes()
    for at in range(0, len(data), max(1, len(data) // 60)):
        path.write_bytes(data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :])
        folder = tmp_path / f"bundle-{at}"
        try:
            unpack_bundle(path, folder)
        except UnfitZip:
            continue
        problems = verify(str(folder))
        assert (
            problems
            or (folder / "tagmanifest-sha256.txt").read_bytes()
            == (root / "tagmanifest-sha256.txt").read_bytes()
        )
