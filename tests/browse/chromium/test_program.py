"""The browser on this machine: found, trusting, on a leash."""

import contextlib
import http.server
import os
import shutil
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest
import trustme

from crawler.browse.chromium.program import Browser, find_browser, trust_ca, wrapper
from crawler.errors import ConfigError

GONE_WITHIN_S = 20


def program(path: Path, prints: str, code: int = 0) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{prints}'\nexit {code}\n")
    path.chmod(0o755)
    return path


class TestFinding:
    @pytest.fixture
    def machine(self, tmp_path, monkeypatch):
        """A machine whose PATH holds only what a test puts there."""
        monkeypatch.delenv("PANTAU_BROWSER", raising=False)
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "downloads"))
        return tmp_path / "bin"

    def test_the_option_wins_over_the_environment(self, machine, monkeypatch):
        option = program(machine / "one", "Chromium 1.2.3.4 built on Debian")
        monkeypatch.setenv("PANTAU_BROWSER", str(program(machine / "two", "Chromium 5.6.7.8")))
        found = find_browser(str(option))
        assert found == Browser(path=option, product="Chromium", version="1.2.3.4", source="option")

    def test_the_environment_wins_over_the_machine(self, machine, monkeypatch):
        program(machine / "chromium", "Chromium 1.2.3.4")
        monkeypatch.setenv("PANTAU_BROWSER", str(program(machine / "two", "Google Chrome 156.0.1.2 ")))
        found = find_browser()
        assert (found.source, found.product, found.version) == ("environment", "Google Chrome", "156.0.1.2")

    def test_a_stub_that_does_not_start_is_passed_over(self, machine):
        program(machine / "chromium", "the package is not installed", code=1)
        chrome = program(machine / "google-chrome", "Google Chrome 156.0.1.2")
        assert find_browser().path == chrome

    def test_playwrights_own_download_comes_last(self, machine):
        asked = subprocess.run(
            [sys.executable, "-m", "playwright", "install", "--dry-run", "chromium"],
            capture_output=True,
            text=True,
            check=True,
        )
        folder = next(Path(line.split()[-1]) for line in asked.stdout.splitlines() if "chromium-" in line)
        with pytest.raises(ConfigError):
            find_browser()
        own = folder / "chrome-linux64" / "chrome"
        own.parent.mkdir(parents=True)
        program(own, "Chromium 9.8.7.6")
        found = find_browser()
        assert (found.source, found.version) == ("playwright", "9.8.7.6")

    def test_none_at_all_says_how_to_get_one(self, machine):
        with pytest.raises(ConfigError, match="no Chromium or Chrome") as caught:
            find_browser()
        assert "make setup" in caught.value.hint
        assert "--browser" in caught.value.hint

    @pytest.mark.parametrize("name", ["/nowhere/chromium", "/etc/passwd", "/bin/true"])
    def test_a_named_browser_that_does_not_start_is_an_error_and_never_replaced(self, name, machine):
        program(machine / "chromium", "Chromium 1.2.3.4")
        with pytest.raises(ConfigError, match=f"--browser names {name}"):
            find_browser(name)

    @pytest.mark.browser
    def test_the_real_one_is_found(self):
        found = find_browser()
        assert os.access(found.path, os.X_OK)
        assert int(found.version.split(".")[0]) > 100


class TestTrust:
    @pytest.fixture
    def authority(self, tmp_path):
        """An authority, its PEM file, and the address of a page under a certificate of its making."""
        ca = trustme.CA()
        ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert("127.0.0.1").configure_cert(context)

        class Page(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"<p>halaman tepercaya</p>")

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield tmp_path / "ca.pem", f"https://127.0.0.1:{server.server_port}/"
        server.shutdown()
        server.server_close()

    @pytest.mark.browser
    def test_chromium_trusts_the_authority_only_when_told(self, authority, tmp_path):
        ca, address = authority
        plain, trusting = tmp_path / "plain", tmp_path / "trusting"
        plain.mkdir()
        trust_ca(trusting, ca)
        assert "halaman tepercaya" not in self.read(address, plain)
        assert "halaman tepercaya" in self.read(address, trusting)

    def read(self, address: str, home: Path) -> str:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        switches = ["--headless", *sandbox, f"--user-data-dir={home}/profile", "--dump-dom"]
        done = subprocess.run(
            [find_browser().path, *switches, address],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "HOME": str(home)},
        )
        return done.stdout

    def test_every_certificate_of_the_file_is_added(self, tmp_path):
        bundle = tmp_path / "two.pem"
        bundle.write_bytes(b"# two\n" + trustme.CA().cert_pem.bytes() + trustme.CA().cert_pem.bytes())
        trust_ca(tmp_path / "home", bundle)
        listed = subprocess.run(
            ["certutil", "-L", "-d", f"sql:{tmp_path}/home/.pki/nssdb"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert "pantau-0" in listed.stdout
        assert "pantau-1" in listed.stdout

    def test_missing_certutil_says_how_to_get_it(self, tmp_path, monkeypatch):
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(ConfigError, match="certutil") as caught:
            trust_ca(tmp_path / "home", tmp_path / "ca.pem")
        assert "libnss3-tools" in caught.value.hint

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (None, "No such file"),
            ("not a certificate", "holds no PEM certificate"),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "certutil refused"),
        ],
    )
    def test_a_bad_file_is_named(self, content, says, tmp_path):
        ca = tmp_path / "ca.pem"
        if content is not None:
            ca.write_text(content)
        with pytest.raises(ConfigError, match=says) as caught:
            trust_ca(tmp_path / "home", ca)
        assert str(ca) in caught.value.message
        assert caught.value.hint


DRIVEN = """
import sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    context = playwright.chromium.launch_persistent_context(
        sys.argv[2],
        executable_path=sys.argv[1],
        chromium_sandbox=sys.argv[3] == "sandboxed",
        args=sys.argv[4:],
    )
    context.pages[0].goto("data:text/html,<title>running</title>")
    print(context.pages[0].title(), flush=True)
    sys.stdin.read()
"""


class TestWrapper:
    @pytest.fixture
    def driven(self, tmp_path):
        """A Python that drives a real Chromium through a wrapper, and the browser's main process."""
        leashed = wrapper(
            tmp_path / "with space" / "chromium", browser=find_browser().path, pid_file=tmp_path / "pid"
        )
        sandbox = ["unsandboxed", "--no-sandbox"] if os.geteuid() == 0 else ["sandboxed"]
        child = subprocess.Popen(
            [sys.executable, "-c", DRIVEN, str(leashed), str(tmp_path / "profile"), *sandbox],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            assert child.stdout.readline() == "running\n"
            yield child, psutil.Process(int((tmp_path / "pid").read_text()))
        finally:
            if child.poll() is None:
                for process in [*psutil.Process(child.pid).children(recursive=True), child]:
                    with contextlib.suppress(psutil.NoSuchProcess):  # it went with one killed before
                        process.kill()
            child.communicate()

    @pytest.mark.browser
    def test_the_pid_file_names_the_browser_and_its_group(self, driven, tmp_path):
        _, browser = driven
        assert f"--user-data-dir={tmp_path / 'profile'}" in " ".join(browser.cmdline())
        assert "leash.py" not in " ".join(browser.cmdline())
        assert os.getpgid(browser.pid) == browser.pid

    @pytest.mark.browser
    def test_a_hung_browser_dies_with_its_driver(self, driven):
        child, browser = driven
        driver = next(process for process in psutil.Process(child.pid).children() if "node" in process.name())
        family = [browser, *browser.children(recursive=True)]
        assert len(family) > 3
        browser.suspend()
        driver.kill()
        _, alive = psutil.wait_procs(family, timeout=GONE_WITHIN_S)
        assert alive == []

    @pytest.mark.browser
    def test_a_browser_dies_when_the_python_that_drives_it_is_killed(self, driven):
        child, browser = driven
        family = [browser, *browser.children(recursive=True)]
        child.kill()
        _, alive = psutil.wait_procs(family, timeout=GONE_WITHIN_S)
        assert alive == []

    @pytest.mark.browser
    def test_without_the_wrapper_a_hung_browser_would_stay(self, tmp_path):
        """What the wrapper is for: were this ever to fail, it could go."""
        sandbox = ["unsandboxed", "--no-sandbox"] if os.geteuid() == 0 else ["sandboxed"]
        child = subprocess.Popen(
            [sys.executable, "-c", DRIVEN, str(find_browser().path), str(tmp_path / "profile"), *sandbox],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert child.stdout.readline() == "running\n"
        driver = psutil.Process(child.pid).children()[0]
        browser = next(p for p in driver.children() if f"{tmp_path / 'profile'}" in " ".join(p.cmdline()))
        family = [browser, *browser.children(recursive=True)]
        try:
            browser.suspend()
            driver.kill()
            driver.wait(GONE_WITHIN_S)
            _, alive = psutil.wait_procs([browser], timeout=2)
            assert alive == [browser]
        finally:
            for process in family:
                if process.is_running():
                    process.kill()
            child.communicate()


def test_certutil_and_a_browser_are_here():
    """The tests above mean something only where the set-up was done."""
    assert shutil.which("certutil")
    assert find_browser()
