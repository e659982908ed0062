"""What is brought is among the bundles only once it verifies; everything else stays in quarantine, whole."""

import hashlib
import os
import shutil
from pathlib import Path

import pytest

from crawler.errors import SchemaTooNew
from crawler.store.bundle import Bundle
from crawler.store.uploads import Arrival, Uploads
from crawler.store.verify import verify
from tests.bundles import a_visit, make_bundle
from tests.zips import zip_of


@pytest.fixture
def laptop(tmp_path):
    """A bundle on a laptop."""
    return make_bundle(tmp_path / "laptop", visits=[a_visit("storefront", text=["Kopi"])]).root


@pytest.fixture
def snapshots(tmp_path):
    folder = tmp_path / "desk"
    folder.mkdir()
    return folder


@pytest.fixture
def uploads(snapshots):
    return Uploads(snapshots / ".desk" / "uploads", snapshots)


@pytest.fixture
def bring(uploads, tmp_path):
    """Bring a bundle's folder, and return what became of it."""

    def brought(root, *, name="laptop.zip", **given):
        upload_id, place = uploads.place()
        data = zip_of(root, tmp_path / "packed.zip", **given).read_bytes()
        place.write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        return uploads.take_in(Arrival(upload_id, name, "siti", len(data), digest))

    return brought


def listed(snapshots):
    return sorted(f"{path.parent.name}/{path.name}" for path in snapshots.glob("[!.]*/*"))


def test_a_good_one_lies_among_the_bundles_and_its_file_is_gone(bring, snapshots, laptop, uploads):
    upload = bring(laptop)
    assert (upload.state, upload.by, upload.bundle) == ("accepted", "siti", f"test-shop/{laptop.name}")
    placed = snapshots / upload.bundle
    assert verify(str(placed)) == []
    assert Bundle(placed).seal == Bundle(laptop).seal
    folder = snapshots / ".desk" / "uploads" / upload.id
    assert [path.name for path in folder.iterdir()] == ["upload.json"]
    assert uploads.all(newest=5) == [upload]


def test_the_same_one_twice_is_there_already(bring, snapshots, laptop):
    bring(laptop)
    assert bring(laptop).state == "present"
    assert listed(snapshots) == [f"test-shop/{laptop.name}"]


def test_a_forged_one_stays_in_quarantine_and_is_not_listed(bring, snapshots, laptop):
    (laptop / "data" / "scenario.py").write_text("print('other')\n")
    upload = bring(laptop)
    assert (upload.state, upload.why.id, upload.bundle) == ("quarantined", "desk.upload.why.seal", None)
    assert "data/scenario.py" in upload.why.params["problem"]
    assert listed(snapshots) == []
    folder = snapshots / ".desk" / "uploads" / upload.id
    assert sorted(path.name for path in folder.iterdir()) == ["upload.json", "upload.zip"]


def test_one_without_a_file_that_is_sealed_is_not_listed(bring, snapshots, laptop):
    assert bring(laptop, leave_out=("data/scenario.py",)).why.id == "desk.upload.why.seal"
    assert bring(laptop, leave_out=("manifest-sha256.txt",)).state == "quarantined"
    assert listed(snapshots) == []


def test_another_under_a_name_that_is_taken_changes_nothing(bring, snapshots, laptop, tmp_path):
    bring(laptop)
    before = Bundle(snapshots / "test-shop" / laptop.name).seal
    shutil.rmtree(tmp_path / "laptop")
    other = make_bundle(tmp_path / "laptop", visits=[a_visit("cart", text=["Teh"])]).root
    upload = bring(other)
    assert (upload.state, upload.why.id) == ("quarantined", "desk.upload.why.other")
    assert Bundle(snapshots / "test-shop" / laptop.name).seal == before


@pytest.mark.parametrize(
    "names", [{"run_id": "other"}, {"run_id": "20240312T010203Z-0000000g"}, {"scenario_id": "Toko_A"}]
)
def test_a_run_with_a_strange_name_is_not_placed(bring, snapshots, tmp_path, names):
    root = make_bundle(tmp_path / "strange", visits=[a_visit("cart")], **names).root
    assert verify(str(root)) == []
    assert bring(root).why.id == "desk.upload.why.run-name"
    assert listed(snapshots) == []


def test_a_folder_of_a_scenario_that_is_a_link_is_not_followed(bring, snapshots, laptop, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (snapshots / "test-shop").symlink_to(elsewhere)
    assert bring(laptop).state == "quarantined"
    assert list(elsewhere.iterdir()) == []


def test_what_came_along_is_left_out_and_counted(bring, snapshots, laptop):
    (laptop / "report").mkdir()
    (laptop / "report" / "r.html").write_text("<script>alert(1)</script>")
    upload = bring(laptop)
    assert (upload.state, upload.left_out) == ("accepted", 1)
    assert not (snapshots / upload.bundle / "report").exists()


def test_one_that_did_not_come_whole_leaves_nothing(uploads, snapshots):
    upload_id, place = uploads.place()
    place.write_bytes(b"half")
    uploads.discard(upload_id)
    uploads.discard("../../elsewhere")
    assert uploads.all(newest=5) == []
    assert list((snapshots / ".desk" / "uploads").iterdir()) == []


def test_one_of_a_newer_pantau_is_told_as_that(bring, snapshots, tmp_path):
    with pytest.raises(SchemaTooNew):
        make_bundle(tmp_path / "newer", visits=[a_visit("cart")], schema_version=99)
    (root,) = (tmp_path / "newer" / "snapshots" / "test-shop").iterdir()
    upload = bring(root)
    assert (upload.state, upload.why.id) == ("quarantined", "desk.upload.why.record")
    assert "99" in upload.why.params["problem"]
    assert listed(snapshots) == []


def test_what_a_killed_desk_left_behind_goes_after_a_day(uploads, snapshots):
    left, _ = uploads.place()
    now, _ = uploads.place()
    folder = snapshots / ".desk" / "uploads"
    os.utime(folder / left, (0, 0))
    new, _ = uploads.place()
    assert sorted(path.name for path in folder.iterdir()) == sorted([now, new])


def test_the_same_one_brought_at_the_same_moment_is_there_already(bring, snapshots, laptop, monkeypatch):
    bring(laptop)
    monkeypatch.setattr(Path, "exists", lambda _: False)  # it came between the look and the move
    assert bring(laptop).state == "present"
    assert listed(snapshots) == [f"test-shop/{laptop.name}"]
