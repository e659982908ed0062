"""What leaves a run: pictures drawn anew, sealed files and reports as downloads; and nothing else."""

from __future__ import annotations

import io
import zipfile

import pytest
from PIL import Image

from crawler.checks.engine import write
from crawler.model.account import Role
from crawler.report.forms import FORMS
from crawler.store.verify import verify
from tests.report.samples import sample_bundle, sample_judgement

RUN = "/runs/test-shop/20240312T020000Z-0000abcd"


@pytest.fixture
def judged(tmp_path, desk):
    """A judged run in the folder of the desk."""
    bundle = sample_bundle(tmp_path)
    write(bundle, sample_judgement(inputs={"seal": bundle.seal}))
    return bundle


@pytest.fixture
def viewer(judged, visit):
    return visit(Role.VIEWER)


def is_download(answer):
    return (
        answer.headers["content-disposition"].startswith("attachment;")
        and answer.headers["x-content-type-options"] == "nosniff"
        and answer.headers["content-type"] == "application/octet-stream"
        and "sandbox" in answer.headers["content-security-policy"]
    )


def test_pictures_are_drawn_anew(viewer):
    for address in (f"{RUN}/stages/1/thumbnail", f"{RUN}/stages/1/pictures/1/0/1"):
        answer = viewer.get(address)
        assert answer.headers["content-type"] == "image/webp"
        assert Image.open(io.BytesIO(answer.content)).format == "WEBP"
        assert "sandbox" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "below",
    [
        "5/thumbnail",
        "9/thumbnail",
        "1/pictures/1/9/0",
        "1/pictures/1/0/99",
        "1/pictures/7/0/0",
        "0/thumbnail",
    ],
)
def test_a_picture_that_is_not_there_is_not_there(viewer, below):
    assert viewer.get(f"{RUN}/stages/{below}").status_code in (404, 422)


def test_files_are_listed_and_narrowed(viewer, judged):
    page = viewer.get(f"{RUN}/files").text
    assert f"{len(judged.paths())} of {len(judged.paths())} files" in page
    rows = viewer.get(f"{RUN}/files?words=TEXT 01", headers={"HX-Request": "true"}).text
    assert "data/stages/01-storefront/text.json" in rows
    assert "03-cart" not in rows


def test_a_sealed_file_is_sent_as_it_is_and_never_shown(viewer, judged):
    for path in judged.paths():
        answer = viewer.get(f"{RUN}/files/{path}")
        assert answer.status_code == 200
        assert answer.content == judged.read(path)
        assert is_download(answer)


@pytest.mark.parametrize(
    "path",
    [
        "../../../etc/passwd",
        "..%2f..%2f..%2fetc%2fpasswd",
        "data/../findings/permendag-31-2023.json",
        "data/..%2f..%2fmanifest-sha256.txt",
        "findings/permendag-31-2023.json",
        "%2e%2e/%2e%2e/.desk/accounts.db",
        "data%00/run.json",
        "data\\run.json",
        "/etc/passwd",
        "data/run.json/",
        "data//run.json",
        "data/stages",
        "verify.py",
        "",
    ],
)
def test_what_the_seal_does_not_cover_is_not_sent(viewer, path):
    answer = viewer.get(f"{RUN}/files/{path}")
    assert answer.status_code == 404
    assert "root:" not in answer.text


def test_a_link_in_place_of_a_file_leads_nowhere(viewer, judged, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    assert viewer.get(f"{RUN}/files/data/run.json").status_code == 200
    path = judged.root / "data" / "run.json"
    path.unlink()
    path.symlink_to(secret)
    answer = viewer.get(f"{RUN}/files/data/run.json")
    assert answer.status_code in (404, 409)
    assert "secret" not in answer.text


@pytest.mark.parametrize("form", [form for form in FORMS if form != "wacz"])
def test_every_form_of_report_is_a_download_and_leaves_the_bundle_alone(viewer, judged, form):
    answer = viewer.get(f"{RUN}/reports/{form}")
    assert answer.status_code == 200
    assert is_download(answer)
    assert answer.content
    assert not (judged.root / "report").exists()
    assert verify(str(judged.root)) == []
    assert viewer.get(f"{RUN}/reports/{form}").content == answer.content


def test_tables_come_in_one_zip(viewer):
    answer = viewer.get(f"{RUN}/reports/csv")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        assert len(packed.namelist()) == 6


def test_a_report_speaks_the_language_of_who_asks(judged, visit):
    said = [visit(Role.VIEWER, lang=lang).get(f"{RUN}/reports/html").text for lang in ("id", "en")]
    assert [text.split('lang="')[1][:2] for text in said] == ["id", "en"]


def test_there_is_no_other_form_and_no_other_policy(viewer):
    assert viewer.get(f"{RUN}/reports/exe").status_code == 404
    assert viewer.get(f"{RUN}/reports/json?policy=../../x").status_code == 404
    assert viewer.get(f"{RUN}/reports/wacz").status_code == 503  # nothing was kept that replays


def test_a_forged_bundle_gives_no_report(viewer, judged):
    (judged.root / "data" / "chain.jsonl").write_text("")
    assert viewer.get(f"{RUN}/reports/json").status_code == 409
