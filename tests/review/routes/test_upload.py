"""A laptop's bundle comes in by a form or by a program; nothing of one in quarantine is shown."""

import re

import pytest

from crawler.model.account import Role
from crawler.review.desk import BodyBound, Limits
from crawler.review.routes import upload as route
from crawler.store import uploads
from tests.bundles import a_visit, make_bundle
from tests.zips import zip_of


@pytest.fixture(autouse=True)
def judged(monkeypatch):
    """Take note of what is to be judged, and judge nothing: that has tests of its own."""
    roots = []
    monkeypatch.setattr(route, "judge_stored", lambda root: roots.append(root) or True)
    return roots


@pytest.fixture
def laptop(tmp_path):
    return make_bundle(tmp_path / "laptop", visits=[a_visit("storefront", text=["Kopi"])]).root


@pytest.fixture
def bring(visit, tmp_path):
    def brought(root, role=Role.INSPECTOR, *, name="laptop.zip", path="/upload", client=None):
        data = zip_of(root, tmp_path / "packed.zip").read_bytes() if not isinstance(root, bytes) else root
        files = {"bundle": (name, data, "application/zip")}
        return (client or visit(role)).post(path, files=files)

    return brought


def rows(client):
    return re.findall(r"<tr><th scope=\"row\"[^>]*>(.*?)</tr>", client.get("/upload").text, re.DOTALL)


def test_a_good_bundle_is_listed_judged_and_noted(bring, visit, desk, laptop, judged):
    answer = bring(laptop)
    assert (answer.status_code, answer.headers["location"]) == (303, "/upload")
    assert judged == [desk.snapshots / "test-shop" / laptop.name]
    (row,) = rows(visit(Role.INSPECTOR))
    assert "laptop.zip" in row
    assert f'href="/runs/test-shop/{laptop.name}"' in row
    noted = [entry for entry in desk.custody.entries() if entry["action"].startswith("upload")]
    assert [entry["action"] for entry in noted] == ["upload", "upload.verified"]
    assert noted[1]["state"] == "accepted"


def test_a_forged_bundle_is_quarantined_with_the_reason_and_nothing_of_it_is_shown(
    bring, visit, desk, laptop, judged
):
    page = next(laptop.glob("data/stages/*/page.html"))
    page.write_text("<script>alert('evidence')</script>")
    assert bring(laptop, name="<script>alert(1)</script>.zip").status_code == 303
    (row,) = rows(visit(Role.INSPECTOR))
    assert "In quarantine" in row
    assert "page.html" in row
    assert "<script>" not in row
    assert judged == []
    assert not (desk.snapshots / "test-shop").exists()
    client = visit(Role.ADMINISTRATOR)
    (kept,) = (desk.folder / "uploads").iterdir()
    inside = f".desk/uploads/{kept.name}"
    for path in (f"/runs/{inside}", f"/runs/test-shop/{laptop.name}", f"/{inside}/upload.zip"):
        assert client.get(path).status_code == 404


def test_a_program_is_told_what_became_of_it(bring, laptop):
    answer = bring(laptop, path="/api/upload")
    assert answer.json()["state"] == "accepted"
    assert bring(laptop, path="/api/upload").json()["state"] == "present"
    refused = bring(b"no zip", path="/api/upload").json()
    assert (refused["state"], refused["why"]["id"]) == ("quarantined", "desk.upload.why.no-zip")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER, None])
def test_who_may_not_start_runs_may_not_bring_any(bring, desk, laptop, role):
    assert bring(laptop, role).status_code in (303, 403)
    assert desk.uploads.all(newest=5) == []
    assert not (desk.folder / "uploads").exists()


FORM = "multipart/form-data; boundary=b"
FILE = b'--b\r\nContent-Disposition: form-data; name="bundle"\r\n\r\n'


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/zip", b"PK"),
        ("multipart/form-data", b"x"),
        (FORM, b"x"),
        (FORM, FILE.replace(b"bundle", b"other") + b"x\r\n--b--"),
        (FORM, FILE + b"\r\n--b--"),
        (FORM, FILE + b"half"),
        (FORM, b"--b\r\nX: " + b"y" * 20_000 + b"\r\n\r\nx\r\n--b--"),
        ("multipart/form-data; boundary=" + "b" * 3_000, b"x"),
    ],
)
def test_a_body_without_a_whole_file_leaves_nothing(visit, desk, kind, body):
    answer = visit(Role.INSPECTOR).post("/upload", content=body, headers={"Content-Type": kind})
    assert answer.status_code == 422
    assert desk.uploads.all(newest=5) == []
    assert list((desk.folder / "uploads").iterdir()) == []


def test_a_file_that_is_too_long_leaves_nothing(visit, with_desk, desk, bring):
    app = with_desk(limits=Limits(upload=BodyBound(100_000, 30.0)))
    client = visit(Role.INSPECTOR, to=app)
    assert bring(b"x" * 200_000, client=client).status_code == 413
    folder = desk.folder / "uploads"
    assert not folder.exists() or list(folder.iterdir()) == []


def test_a_name_that_leads_out_is_a_name_and_no_path(bring, desk, laptop, tmp_path):
    bring(laptop, name="../../../evil.zip")
    (upload,) = desk.uploads.all(newest=5)
    assert upload.state == "accepted"
    assert not list(tmp_path.rglob("evil.zip"))


def test_where_there_is_no_room_nothing_is_taken(bring, desk, laptop, monkeypatch):
    monkeypatch.setattr(uploads, "SPARE_BYTES", 2**60)
    assert bring(laptop).status_code == 507
    assert not (desk.folder / "uploads").exists()
