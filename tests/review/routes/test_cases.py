"""A case gathers runs, findings and notices, and goes as one ZIP whose bundles verify by themselves."""

import io
import json
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.model.account import Role
from crawler.model.case import CaseOpened
from crawler.model.notice import Notice
from crawler.review.app import create_app
from crawler.review.views import case as view
from crawler.store import index, verify
from crawler.store.notices import give_notice
from tests.bundles import a_visit, make_bundle

NUMBER = "ST-1/PKTN/2026"
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def desk(desk, tmp_path):
    (tmp_path / "pantau.toml").write_text('[[targets]]\nid = "toko"\nstart_url = "https://toko.example/"\n')
    return replace(desk, targets=tmp_path / "pantau.toml")


@pytest.fixture
def app(desk):
    return create_app(desk)


@pytest.fixture
def bundle(desk, tmp_path):
    """Make a sealed and indexed bundle among those of the desk."""

    def made(number=1, **facts):
        run_id = f"2026010{number}T000000Z-0000000{number}"
        made = make_bundle(tmp_path, visits=[a_visit("storefront", text=["Kopi"])], run_id=run_id, **facts)
        assert made.root.parents[1] == desk.snapshots
        index.add(made.root)
        return f"{made.root.parent.name}/{run_id}"

    return made


@pytest.fixture
def case(desk):
    desk.cases.open(CaseOpened(number=NUMBER, title=HOSTILE, begins="2026-11-01", by="inspector"))
    (opened,) = desk.cases.all()
    return opened


def listed(client, case):
    return re.findall(r'href="/runs/([^"]+)"', client.get(f"/cases/{case.id}").text)


def test_a_case_is_opened_by_an_inspector_alone_and_noted(visit, desk):
    form = {"number": NUMBER, "title": "Shop", "begins": "2026-11-01", "ends": ""}
    assert visit(Role.REVIEWER).post("/cases", data=form).status_code == 403
    answer = visit(Role.INSPECTOR).post("/cases", data=form)
    (case,) = desk.cases.all()
    assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{case.id}")
    assert NUMBER in visit(Role.VIEWER).get("/cases").text
    assert visit(Role.INSPECTOR).post("/cases", data=form).status_code == 409
    assert "case.open" in [entry["action"] for entry in desk.custody.entries()]


@pytest.mark.parametrize(
    "form", [{"number": ""}, {"number": "x" * 200}, {"begins": "yesterday"}, {"ends": "2026-10-01"}]
)
def test_a_form_that_is_no_case_opens_none(visit, desk, form):
    given = {"number": NUMBER, "title": "", "begins": "2026-11-01", "ends": ""} | form
    assert visit(Role.INSPECTOR).post("/cases", data=given).status_code == 422
    assert desk.cases.all() == ()


def test_runs_belong_by_their_own_record_or_by_somebodys_word(visit, case, bundle, desk):
    mine, other = bundle(1, case={"surat_tugas": NUMBER}), bundle(2)
    client = visit(Role.INSPECTOR)
    assert listed(client, case) == [mine]
    client.post(f"/cases/{case.id}/runs", data={"run": other})
    assert listed(client, case) == [other, mine]
    client.post(f"/cases/{case.id}/runs", data={"run": mine, "belongs": "false"})
    assert listed(client, case) == [other]
    assert (desk.snapshots / mine).is_dir()


@pytest.mark.parametrize(
    "run", ["toko/20260101T000000Z-00000009", "../../etc/passwd", ".desk/accounts.db", ""]
)
def test_what_is_no_run_is_not_put_in(visit, case, run):
    answer = visit(Role.INSPECTOR).post(f"/cases/{case.id}/runs", data={"run": run})
    assert answer.status_code in (404, 422)
    assert listed(visit(Role.VIEWER), case) == []


def test_a_title_is_text_whatever_it_says(visit, case):
    for path in ("/cases", f"/cases/{case.id}", "/start"):
        assert HOSTILE not in visit(Role.INSPECTOR).get(path).text


def test_notices_on_runs_of_the_case_stand_with_their_deadlines(visit, case, bundle, desk, tmp_path):
    run = bundle(1, case={"surat_tugas": NUMBER})
    facts = {
        "letter": "B-12/PKTN", "given": "2026-11-02", "deadline": "2026-11-09", "by": "siti",
        "target": "toko", "rule": "foreign-logo", "stage": "storefront", "fingerprint": "f" * 16,
    }  # fmt: skip
    before = [{"device": "desktop", "bundle": run}]
    give_notice(tmp_path / "nights", lambda number, _: Notice(number=number, before=before, **facts))
    text = visit(Role.VIEWER).get(f"/cases/{case.id}").text
    assert "B-12/PKTN" in text
    assert re.search(r"\d+ days? (left|past)", text)


def test_the_whole_case_is_one_zip_whose_bundles_verify(visit, case, bundle, desk, tmp_path):
    runs = [bundle(1, case={"surat_tugas": NUMBER}), bundle(2, case={"surat_tugas": NUMBER})]
    (desk.snapshots / runs[0] / "report").mkdir()
    (desk.snapshots / runs[0] / "report" / "r.html").write_text("a report")
    (desk.snapshots / runs[0] / "review").mkdir()
    (desk.snapshots / runs[0] / "review" / "decisions.jsonl").write_text("{}\n")
    (desk.snapshots / runs[0] / "derived").mkdir()
    (desk.snapshots / runs[0] / "derived" / "cache").write_text("x")
    before = {path: path.stat().st_mtime_ns for path in desk.snapshots.rglob("data/**/*")}
    answer = visit(Role.VIEWER).get(f"/cases/{case.id}/case.zip")
    assert answer.headers["content-type"] == "application/zip"
    assert "attachment" in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        archive.extractall(tmp_path / "handed-over")
    assert f"bundles/{runs[0]}/report/r.html" in names
    assert f"bundles/{runs[0]}/review/decisions.jsonl" in names
    assert not [name for name in names if "derived" in name]
    for run in runs:
        command = [sys.executable, "verify.py", f"bundles/{run}"]
        done = subprocess.run(command, cwd=tmp_path / "handed-over", capture_output=True, check=False)
        assert done.returncode == 0, done.stdout
    assert (tmp_path / "handed-over" / "verify.py").read_bytes() == Path(verify.__file__).read_bytes()
    told = json.loads((tmp_path / "handed-over" / "case.json").read_text())
    assert sorted(each["bundle"] for each in told["runs"]) == runs
    assert told["not_in_it"] == {}
    assert before == {path: path.stat().st_mtime_ns for path in desk.snapshots.rglob("data/**/*")}
    assert "case.download" in [entry["action"] for entry in desk.custody.entries()]


@pytest.mark.parametrize("how", ["changed after it was indexed", "a link beside it", "seal gone"])
def test_a_damaged_bundle_is_not_handed_on_and_that_is_said(visit, case, bundle, desk, how):
    good, bad = bundle(1, case={"surat_tugas": NUMBER}), bundle(2, case={"surat_tugas": NUMBER})
    if how == "changed after it was indexed":
        (desk.snapshots / bad / "data" / "scenario.py").write_text("changed")
    elif how == "a link beside it":
        (desk.snapshots / bad / "report").mkdir()
        (desk.snapshots / bad / "report" / "link").symlink_to("/etc/passwd")
    else:
        (desk.snapshots / bad / "tagmanifest-sha256.txt").unlink()
        index.update(desk.snapshots)
    answer = visit(Role.VIEWER).get(f"/cases/{case.id}/case.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        names, told = archive.namelist(), json.loads(archive.read("case.json"))
    assert not [name for name in names if bad in name]
    assert [each["bundle"] for each in told["runs"]] == [good]
    assert set(told["not_in_it"]) == ({bad} if how != "seal gone" else set())  # then nothing says whose it is


def test_a_case_that_there_is_not_is_not_there(visit):
    for name in ("0" * 16, "x", "..%2F..", "0" * 15):
        for path in ("", "/case.zip"):
            assert visit(Role.VIEWER).get(f"/cases/{name}{path}").status_code in (404, 422)


def test_what_is_beyond_the_bound_is_counted(visit, case, bundle, monkeypatch):
    monkeypatch.setattr(view, "MAX_RUNS", 2)
    runs = [bundle(number, case={"surat_tugas": NUMBER}) for number in (1, 2, 3)]
    text = visit(Role.VIEWER).get(f"/cases/{case.id}").text
    assert "1 older run is not shown" in text
    answer = visit(Role.VIEWER).get(f"/cases/{case.id}/case.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        told = json.loads(archive.read("case.json"))
    assert [each["bundle"] for each in told["runs"]] == [runs[2], runs[1]]
    assert told["runs_beyond_the_bound"] == 1


def test_a_program_is_told_what_a_case_has(visit, case, bundle):
    run = bundle(1, case={"surat_tugas": NUMBER})
    client = visit(Role.VIEWER)
    assert client.get("/api/cases").json() == [{"id": case.id, "number": NUMBER, "title": HOSTILE}]
    told = client.get(f"/api/cases/{case.id}").json()
    assert (told["number"], told["runs"], told["missing"]) == (NUMBER, [run], [])
    assert client.get(f"/api/cases/{'0' * 16}").status_code == 404
