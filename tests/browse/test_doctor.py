"""What a run needs of this machine: each check with the thing there, and with it missing."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from crawler.browse import doctor
from crawler.browse.chromium.program import find_browser
from crawler.browse.doctor import Check, examine, leftovers
from crawler.lib.i18n import translate


def by_name(checks: list[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks}


def program(path: Path, body: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def bare_machine(tmp_path, monkeypatch):
    """A machine whose PATH holds only what a test puts there."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "downloads"))
    monkeypatch.delenv("PANTAU_BROWSER", raising=False)
    return tmp_path / "bin"


@pytest.mark.browser
@pytest.mark.ocr
def test_a_machine_that_is_set_up_has_nothing_failed(tmp_path):
    checks = examine(out=tmp_path / "snapshots")
    assert [check for check in checks if check.status == "failed"] == []
    found = by_name(checks)
    names = "python driver browser browser-start sandbox certutil tesseract ocr-languages fonts disk output"
    assert set(found) == {*names.split(), "zone", "leftovers"}
    assert find_browser().version in found["browser"].what
    assert found["sandbox"].status == ("warning" if os.geteuid() == 0 else "ok")
    assert not (tmp_path / "snapshots").exists()


def test_a_bare_machine_gets_a_fix_a_line(bare_machine, tmp_path):
    checks = examine(out=tmp_path)
    found = by_name(checks)
    assert {name for name, check in found.items() if check.status == "failed"} == {"browser", "tesseract"}
    assert "make setup" in found["browser"].fix
    assert "libnss3-tools" in found["certutil"].fix
    assert "tesseract-ocr-ind" in found["tesseract"].fix
    assert "fontconfig" in found["fonts"].fix
    assert all(check.fix for check in checks if check.status != "ok")
    assert not [check for check in checks if "\n" in check.fix or "\n" in check.what]


def test_every_sentence_is_there_in_both_languages(bare_machine, tmp_path):
    for lang in ("id", "en"):
        for check in examine(out=tmp_path, lang=lang):
            assert "doctor." not in check.what + check.fix
            assert "{" not in check.what + check.fix
    english, indonesian = (by_name(examine(out=tmp_path, lang=lang)) for lang in ("en", "id"))
    assert english["tesseract"].fix != indonesian["tesseract"].fix


def test_every_sentence_that_a_check_can_say_is_in_the_catalogues():
    """Also those of branches that no test above takes."""
    source = Path(doctor.__file__).read_text()
    named = set(re.findall(r'"((?:[a-z]+-)?[a-z]+\.[a-z]+(?:-[a-z]+)?)"', source))
    assert len(named) > 30
    for lang in ("id", "en"):
        assert [name for name in sorted(named) if not translate(lang).has(f"doctor.{name}")] == []


def test_the_result_is_json(bare_machine, tmp_path):
    printed = json.dumps([check.model_dump() for check in examine(out=tmp_path)])
    assert {"name": "zone", "status": "ok", "what": "Asia/Jakarta", "fix": ""} in json.loads(printed)


@pytest.mark.parametrize(
    ("version", "status"), [((3, 10, 14), "failed"), ((3, 11, 0), "ok"), ((3, 14, 1), "ok")]
)
def test_an_old_python_is_named(version, status, bare_machine, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "version_info", version)
    check = by_name(examine(out=tmp_path))["python"]
    assert check.status == status
    assert ".".join(map(str, version)) in check.what


class TestBrowser:
    def test_one_that_shows_no_page_fails(self, bare_machine, tmp_path):
        broken = program(
            bare_machine / "chromium",
            'case "$*" in *--version) echo "Chromium 156.0.1.2";; *) echo "no display" >&2; exit 7;; esac',
        )
        found = by_name(examine(out=tmp_path))
        assert found["browser"].status == "ok"
        assert found["browser-start"].status == "failed"
        assert found["browser-start"].what == "shows no page: exit code 7: no display"
        assert str(broken) in found["browser-start"].fix
        assert "sandbox" not in found

    def test_one_that_hangs_is_ended_with_its_children(self, bare_machine, tmp_path, monkeypatch):
        monkeypatch.setattr(doctor, "START_LIMIT_S", 1.0)
        program(
            bare_machine / "chromium",
            f'case "$*" in *--version) echo "Chromium 156.0.1.2";;'
            f" *) /bin/sleep 300 & echo $! > {tmp_path}/child; wait;; esac",
        )
        check = by_name(examine(out=tmp_path))["browser-start"]
        assert check.status == "failed"
        assert "within 1 s" in check.what
        child = int((tmp_path / "child").read_text())
        assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE

    def test_one_whose_sandbox_is_refused_says_how_to_allow_it(self, bare_machine, tmp_path, monkeypatch):
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        program(
            bare_machine / "chromium",
            'case "$*" in *--version) echo "Chromium 156.0.1.2";;'
            ' *--no-sandbox*) echo "<body></body>";; *) echo "No usable sandbox!" >&2; exit 1;; esac',
        )
        found = by_name(examine(out=tmp_path))
        assert found["browser-start"].status == "ok"
        assert found["sandbox"].status == "failed"
        assert "No usable sandbox!" in found["sandbox"].what
        assert "user namespaces" in found["sandbox"].fix

    def test_one_that_was_named_and_is_not_there_fails(self, bare_machine, tmp_path):
        check = by_name(examine(browser="/nowhere/chromium", out=tmp_path))["browser"]
        assert check.status == "failed"
        assert "/nowhere/chromium" in check.what


class TestTesseract:
    def test_a_missing_language_is_named(self, bare_machine, tmp_path):
        program(
            bare_machine / "tesseract",
            'case "$*" in --version) echo "tesseract 5.3.0";; *) printf "List:\\neng\\nosd\\n";; esac',
        )
        found = by_name(examine(out=tmp_path))
        assert found["tesseract"] == Check(name="tesseract", status="ok", what="tesseract 5.3.0")
        assert found["ocr-languages"].status == "failed"
        assert found["ocr-languages"].what == "missing: ind"


class TestFonts:
    def test_none_at_all_fails(self, bare_machine, tmp_path):
        program(bare_machine / "fc-list", "exit 0")
        assert by_name(examine(out=tmp_path))["fonts"].status == "failed"


class TestOutput:
    @pytest.mark.parametrize(("free_gb", "status"), [(0.5, "failed"), (3, "warning"), (50, "ok")])
    def test_little_space_is_said_before_the_run(self, free_gb, status, bare_machine, tmp_path, monkeypatch):
        usage = type("Usage", (), {"free": int(free_gb * 2**30)})
        monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: usage)
        check = by_name(examine(out=tmp_path))["disk"]
        assert (check.status, bool(check.fix)) == (status, status != "ok")

    def test_a_folder_that_refuses_writing_fails(self, bare_machine):
        check = by_name(examine(out=Path("/proc/snapshots")))["output"]
        assert check.status == "failed"
        assert "/proc" in check.what

    def test_a_folder_that_does_not_exist_yet_is_judged_by_its_parent(self, bare_machine, tmp_path):
        check = by_name(examine(out=tmp_path / "not" / "yet"))["output"]
        assert check.status == "ok"
        assert not (tmp_path / "not").exists()


@pytest.mark.parametrize("zone", ["Asia/Nowhere", "../../etc/passwd"])
def test_an_unknown_zone_fails(zone, bare_machine, tmp_path):
    assert by_name(examine(out=tmp_path, zone=zone))["zone"].status == "failed"


DRIVEN = """
import sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    context = playwright.chromium.launch_persistent_context(
        sys.argv[2], executable_path=sys.argv[1], chromium_sandbox=sys.argv[3] == "sandboxed"
    )
    print("running", flush=True)
    sys.stdin.read()
"""


@pytest.mark.browser
def test_a_browser_is_left_over_only_once_its_driver_is_gone(tmp_path):
    profile = tmp_path / "pantau-profile"
    sandbox = "unsandboxed" if os.geteuid() == 0 else "sandboxed"
    child = subprocess.Popen(
        [sys.executable, "-c", DRIVEN, str(find_browser().path), str(profile), sandbox],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout.readline() == "running\n"
    driver = psutil.Process(child.pid).children()[0]
    browser = next(process for process in driver.children() if str(profile) in " ".join(process.cmdline()))
    family = [browser, *browser.children(recursive=True)]
    try:
        assert browser not in leftovers()
        browser.suspend()
        driver.kill()
        driver.wait(20)
        assert browser in leftovers()
        check = by_name(examine(out=tmp_path))["leftovers"]
        assert check.status == "warning"
        assert str(browser.pid) in check.fix
    finally:
        for process in family:
            if process.is_running():
                process.kill()
        child.communicate()
    psutil.wait_procs(family, timeout=20)
    assert browser not in leftovers()
