"""Downloads as a browser takes them: kept as they came, stopped where they are too large, never silent."""

import json

import pytest

from crawler.collect.run import downloads
from crawler.collect.run.downloads import Downloads
from crawler.model.evidence import DownloadRecord
from tests.collect.conftest import FOLDER, TYPED
from tests.site import Reply, page

pytestmark = pytest.mark.browser

PDF = b"%PDF-1.4 isi"


@pytest.fixture
def taken(lab, tmp_path):
    """A recorder of downloads that is attached, and a way to take what it has."""
    (tmp_path / "berkas").mkdir()
    recorder = Downloads(tmp_path / "berkas", lambda: 1)
    recorder.attach(lab.context)

    def take():
        recorder.wait(1, lab.page.wait_for_timeout)
        return recorder.take(1, FOLDER, lab.writer, lab.redactor)

    return take


def offer(site, path, data, name="invoice.pdf", kind="application/pdf"):
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    site.routes[path] = Reply(data, content_type=kind, headers=headers)


def click(lab, site, *paths):
    links = "".join(f'<a id="a{at}" href="{path}">unduh</a> ' for at, path in enumerate(paths))
    site.routes["/"] = page("Toko", links)
    lab.open(site.url(host="a.test"))
    for at in range(len(paths)):
        lab.page.click(f"#a{at}", no_wait_after=True)
        lab.page.wait_for_timeout(300)


def records(lab):
    return [DownloadRecord.model_validate(each) for each in json.loads(lab.read("downloads.json"))]


def test_a_download_is_kept_as_it_came_and_its_private_copy_removed(lab, site, taken, tmp_path):
    offer(site, "/f", PDF)
    click(lab, site, "/f")
    artifacts, failures = taken()
    (record,) = records(lab)
    assert failures == ()
    assert [artifact.kind for artifact in artifacts] == ["download", "downloads"]
    assert (record.state, record.name, record.url) == ("kept", "invoice.pdf", site.url("/f", "a.test"))
    assert lab.read("download-01.pdf") == PDF
    assert record.path == artifacts[0].path
    assert list((tmp_path / "berkas").iterdir()) == []


def test_a_visit_without_downloads_leaves_no_file(lab, site, taken):
    click(lab, site)
    assert taken() == ((), ())


def test_the_name_of_a_stranger_is_no_path_and_no_secret(lab, site, taken):
    offer(site, "/f", PDF, name=f"..%2F..%2Fetc-{TYPED}.sh;x")
    click(lab, site, "/f")
    taken()
    (record,) = records(lab)
    assert record.path in (f"{FOLDER}/download-01.bin", f"{FOLDER}/download-01.sh")
    assert TYPED not in lab.read("downloads.json").decode()


def test_one_too_large_is_stopped_and_says_so(lab, site, taken, monkeypatch):
    monkeypatch.setattr(downloads, "MAX_BYTES", 1_000)
    offer(site, "/f", b"x" * 50_000)
    click(lab, site, "/f")
    artifacts, _ = taken()
    assert [record.state for record in records(lab)] == ["too large"]
    assert [artifact.kind for artifact in artifacts] == ["downloads"]


def test_one_too_many_says_so(lab, site, taken, monkeypatch):
    monkeypatch.setattr(downloads, "MAX_OF_VISIT", 1)
    offer(site, "/f", PDF)
    offer(site, "/g", PDF)
    click(lab, site, "/f", "/g")
    taken()
    assert records(lab)[0].state == "kept"
    assert records(lab)[1].state in ("too many", "kept")  # it may have ended before it could be stopped


def test_one_that_does_not_end_is_let_go(lab, site, taken, monkeypatch):
    monkeypatch.setattr(downloads, "WAIT_S", 0.3)

    def slowly(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "application/pdf")
        handler.send_header("Content-Disposition", "attachment; filename=lambat.pdf")
        handler.send_header("Content-Length", "5000000")
        handler.end_headers()
        handler.wfile.write(b"%PDF-1.4" + b"x" * 70_000)
        handler.wfile.flush()
        handler.site.stopping.wait(60)

    site.routes["/f"] = slowly
    click(lab, site, "/f")
    taken()
    assert [record.state for record in records(lab)] == ["unfinished"]


def test_a_browser_that_does_not_tell_is_a_failure(tmp_path):
    class Context:
        browser = None

    recorder = Downloads(tmp_path / "berkas", lambda: 1)
    recorder.attach(Context())
    artifacts, (failure,) = recorder.take(1, FOLDER, None, None)
    assert artifacts == ()
    assert (failure.collector, failure.error) == ("downloads", "CollectorError")
