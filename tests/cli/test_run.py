"""Bad input meets its exit code and one helpful sentence, and nothing that was captured is lost."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from crawler.store.bundle import Bundle
from crawler.store.verify import verify
from tests.browse.conftest import scenario_text
from tests.site import Site, hang, loop, page, serve

pytestmark = pytest.mark.browser

ONE = """
with journey.stage(Stage.STOREFRONT):
    page.goto(journey.start_url)
"""


@pytest.fixture
def site() -> Iterator[Site]:
    routes = {
        "/": page("../../x <script>alert(1)</script>", "<h1>Toko</h1>"),
        "/hang": hang,
        "/loop": loop,
    }
    with serve(routes) as running:
        yield running


def pantau(*arguments: str | Path, **given: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "crawler.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **given)


@pytest.fixture
def run(site: Site, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def call(
        text: str | None = None, *arguments: str | Path, **given: Any
    ) -> subprocess.CompletedProcess[str]:
        script = tmp_path / "s.py"
        script.write_text(text or scenario_text(site.url("/"), ONE, "Stage.STOREFRONT"))
        more = ("--out", tmp_path / "out", "--dwell", "0.1", "--json")
        return pantau("run", script, *more, *arguments, **given)

    return call


def sealed(tmp_path: Path) -> Bundle:
    """Return the one bundle that a run left; it must verify."""
    (root,) = (tmp_path / "out" / "a-test").glob("2*")
    assert verify(str(root)) == []
    return Bundle(root)


def told(done: subprocess.CompletedProcess[str], code: int, *said: str) -> None:
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    for words in said:
        assert words in done.stderr


def test_a_syntax_error(run: Any) -> None:
    told(run("def walk(:\n"), 2, "ScenarioError", "s.py, line 1")


def test_an_unknown_stage(run: Any, site: Site) -> None:
    told(run(scenario_text(site.url("/"), ONE, '"kasir"')), 2, "scenario.stages.0", "kasir")


def test_a_scenario_that_raises_keeps_what_it_had(run: Any, site: Site, tmp_path: Path) -> None:
    done = run(scenario_text(site.url("/"), ONE + "raise ValueError('oh')\n", "Stage.STOREFRONT"))
    told(done, 3)
    bundle = sealed(tmp_path)
    assert (bundle.run.status, bundle.run.ended_by) == ("incomplete", "script error")
    assert bundle.run.visits[0].reached
    assert json.loads(done.stdout)["status"] == "incomplete"


def test_an_unknown_stage_in_the_walk_keeps_what_it_had(run: Any, site: Site, tmp_path: Path) -> None:
    told(run(scenario_text(site.url("/"), ONE + "journey.stage('kasir')\n", "Stage.STOREFRONT")), 3)
    assert "'kasir' is no stage" in sealed(tmp_path).run.detail


def test_a_policy_with_an_unknown_key_names_the_line(run: Any, tmp_path: Path) -> None:
    from crawler.lib import words

    text = words.raw("permendag-31-2023.toml").decode()
    first = text.index("[[obligations]]")
    line = text[:first].count("\n") + 2
    pack = tmp_path / "pack.toml"
    pack.write_text(text[:first] + "[[obligations]]\npasal_apa = 1\n" + text[first:].split("\n", 1)[1])
    told(run(None, "--policy", pack), 2, "PolicyError", "pasal_apa", f"line {line}")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--resolve", "nonsense"], "--resolve nonsense"),
        (["--resolve", "a b=127.0.0.1:1"], "--resolve"),
        (["--resolve", "toko.test=127.0.0.1"], "HOST=ADDR:PORT"),
        (["--resolve", "toko.test=lain.test"], "no address with a port"),
        (["--resolve", "toko.test=127.0.0.1:0"], "no address with a port"),
        (["--resolve", "=127.0.0.1:80"], "no host name"),
        (["--step-timeout", "0"], "--step-timeout"),
        (["--memory-limit", "lots"], "--memory-limit"),
        (["--case", "/no/such/file"], "--case"),
        (["--policy", "permendag-1-1900"], "permendag-1-1900"),
        (["--browser", "/bin/false"], "--browser"),
        (["--trust-ca", "/dev/null"], "certificate"),
        (["--dwell", "-1"], "--dwell"),
        (["--as-of", "soon"], "--as-of"),
    ],
)
def test_options_that_say_something_impossible(
    run: Any, tmp_path: Path, arguments: list[str], said: str
) -> None:
    told(run(None, *arguments), 2, said)
    assert not list(tmp_path.glob("out/**/run.json"))


def not_reached(done: subprocess.CompletedProcess[str], tmp_path: Path, reason: str) -> None:
    """No stage was captured: exit 4, and the bundle says why."""
    told(done, 4)
    visit = sealed(tmp_path).run.visits[0]
    assert (visit.reached, visit.reason) == (False, reason), visit.detail


def test_a_stage_that_there_is_not_is_told_with_file_line_and_the_stages(run: Any) -> None:
    text = scenario_text("https://toko.test/", ONE, "Stage.STOREFRONT, Stage.HOME")
    told(run(text), 2, "s.py, line 2", "Stage.HOME", "STOREFRONT", "INVOICE")


def test_a_host_that_does_not_resolve(run: Any, tmp_path: Path) -> None:
    text = scenario_text("https://tidak-ada.invalid/", ONE, "Stage.STOREFRONT")
    not_reached(run(text, "--resolve", "tidak-ada.invalid=~NOTFOUND"), tmp_path, "navigation")


def test_a_certificate_that_is_out_of_date(run: Any, tmp_path: Path) -> None:
    authority = trustme.CA()
    ca = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca))
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("toko.test", not_after=yesterday).configure_cert(context)
    with serve({"/": page("Toko")}, tls=context) as secure:
        text = scenario_text("https://toko.test/", ONE, "Stage.STOREFRONT")
        resolve = f"toko.test=127.0.0.1:{secure.port}"
        done = run(text, "--resolve", resolve, "--trust-ca", ca)
    not_reached(done, tmp_path, "navigation")
    assert "CERT_DATE_INVALID" in sealed(tmp_path).run.visits[0].detail


def test_a_server_that_accepts_and_never_answers(run: Any, site: Site, tmp_path: Path) -> None:
    body = ONE.replace("journey.start_url", "journey.start_url + 'hang', timeout=2000")
    not_reached(run(scenario_text(site.url("/"), body, "Stage.STOREFRONT")), tmp_path, "timeout")
    assert any(request.url.endswith("/hang") for request in sealed(tmp_path).requests())


def test_an_endless_redirect(run: Any, site: Site, tmp_path: Path) -> None:
    body = ONE.replace("journey.start_url", "journey.start_url + 'loop'")
    not_reached(run(scenario_text(site.url("/"), body, "Stage.STOREFRONT")), tmp_path, "navigation")


def test_a_hostile_title_reaches_no_path_and_no_script(run: Any, tmp_path: Path) -> None:
    done = run()
    told(done, 3)
    bundle = sealed(tmp_path)
    assert bundle.run.visits[0].pages[0].title == "../../x <script>alert(1)</script>"
    report = Path(json.loads(done.stdout)["report"]).read_text()
    assert "<script>alert(1)" not in report
    assert {path.name for path in tmp_path.iterdir()} == {"s.py", "out"}


def test_a_folder_that_cannot_be_written(run: Any, tmp_path: Path) -> None:
    told(run(None, "--out", "/proc/pantau"), 2, "cannot be made", "--out")
    (tmp_path / "file").write_text("")
    told(run(None, "--out", tmp_path / "file" / "below"), 2, "--out")


def test_a_disk_that_is_full(site: Site, tmp_path: Path) -> None:
    """A file system of its own, 40 kB, in a mount namespace of its own."""
    script, out = tmp_path / "s.py", tmp_path / "out"
    script.write_text(scenario_text(site.url("/"), ONE, "Stage.STOREFRONT"))
    out.mkdir()
    unshare = [shutil.which("unshare") or "unshare", "--mount"]
    namespace = unshare if os.geteuid() == 0 else [*unshare, "--map-root-user"]
    inside = 'mount -t tmpfs -o size=40k tmpfs "$1" && "$2" -m crawler.cli run "$3" --out "$1" --dwell 0.1; '
    inside += "code=$?; "
    inside += 'find "$1" -name tagmanifest-sha256.txt; exit $code'
    command = [*namespace, "sh", "-c", inside, "sh", str(out), sys.executable, str(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    told(done, 4, "No space left on device", "--out")
    assert "tagmanifest" not in done.stdout


def test_help_needs_no_development_package(tmp_path: Path) -> None:
    blocked = tmp_path / "sitecustomize.py"
    names = ["pytest", "hypothesis", "ruff", "mypy", "jsonschema", "yaml", "cogapp"]
    blocked.write_text(f"import sys\nsys.modules.update(dict.fromkeys({names!r}))\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    for command in (
        (),
        ("run",),
        ("check",),
        ("report",),
        ("demo",),
        ("verify",),
        ("index",),
        ("rules",),
        ("doctor",),
    ):
        assert pantau(*command, "--help", env=environment).returncode == 0
