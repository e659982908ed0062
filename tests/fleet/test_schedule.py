"""What starts every night: units that systemd takes and fires, lines for cron, examples that parse."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
import yaml

from crawler.browse.chromium.program import find_browser
from crawler.errors import ConfigError
from crawler.fleet.schedule import Place, machine_zone, own_command, schedule_files
from crawler.model.target import Config
from tests import systemd

BASE = Path("/srv/pantau")
DAY = date(2026, 11, 2)


def a_place(base: Path = BASE, **facts) -> Place:
    values = {
        "base": base,
        "config_file": base / "pantau.toml",
        "writable": (base / "snapshots", base / "nights"),
        "user": "root",
        "pantau": ("/bin/true",),
        "zone": ZoneInfo("UTC"),
    }
    return Place(**(values | facts))


def config(**night) -> Config:
    return Config.model_validate({"night": night, "alerts": {"channels": ["tgram://${TOKEN}/${CHAT}"]}})


def systemd_files(base: Path = BASE, **facts) -> dict[str, str]:
    return schedule_files("systemd", config(), a_place(base, **facts), on=DAY)


class TestSystemd:
    def test_all_units_are_there(self):
        assert sorted(systemd_files()) == [
            "pantau-alert@.service",
            "pantau-night.service",
            "pantau-night.timer",
            "pantau-watch.service",
            "pantau-watch.timer",
        ]

    @pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
    @pytest.mark.parametrize("name", ["plain", "with blank", "100% $HOME ü"])
    def test_systemd_takes_them(self, tmp_path, name):
        base = tmp_path / name
        base.mkdir()
        for unit, text in systemd_files(base).items():
            (tmp_path / unit).write_text(text)
        for unit in (
            "pantau-night.timer",
            "pantau-watch.timer",
            "pantau-night.service",
            "pantau-alert@x.service",
        ):
            done = subprocess.run(
                ["systemd-analyze", "verify", "--man=no", "--recursive-errors=yes", unit],
                cwd=tmp_path,
                env=os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
                capture_output=True,
                text=True,
                check=False,
            )
            ours = [line for line in done.stderr.splitlines() if "pantau" in line]
            assert (done.returncode, ours) == (0, [])

    def test_nothing_that_breaks_the_browsers_sandbox(self):
        for unit, text in systemd_files().items():
            keys = {line.partition("=")[0] for line in text.splitlines() if not line.startswith("#")}
            assert not keys & {"RestrictNamespaces", "MemoryDenyWriteExecute", "SystemCallFilter"}
            assert (
                unit.endswith(".timer")
                or {"NoNewPrivileges", "ProtectSystem", "CapabilityBoundingSet"} <= keys
            )

    def test_a_failure_alerts(self):
        files = systemd_files()
        assert "OnFailure=pantau-alert@%N.service" in files["pantau-night.service"]
        assert "status --alert --failed %i" in files["pantau-alert@.service"]
        assert "SuccessExitStatus=1 3 4" in files["pantau-night.service"]

    def test_what_looks_after_it_starts_when_its_deadline_is_over(self):
        files = schedule_files("systemd", config(time="22:15:00", deadline_h=3), a_place(), on=DAY)
        assert "OnCalendar=*-*-* 22:15:00 Asia/Jakarta" in files["pantau-night.timer"]
        assert "OnCalendar=*-*-* 01:45:00 Asia/Jakarta" in files["pantau-watch.timer"]

    def test_a_folder_elsewhere_may_be_written_too(self):
        files = systemd_files(writable=(Path("/data/snapshots"), BASE / "nights"))
        assert "ReadWritePaths=/srv/pantau /data/snapshots\n" in files["pantau-night.service"]

    @pytest.mark.skipif(not systemd.allowed(), reason="no namespaces for a systemd of our own here")
    def test_an_installed_timer_fires_and_a_failure_starts_the_alert(self, tmp_path):
        base = tmp_path / "with blank"
        base.mkdir()
        script = base / "pantau"
        script.write_text('#!/bin/sh\necho "$@" >> asked\ncase $1 in nightly) exit 5;; esac\n')
        script.chmod(0o755)
        with systemd.manager(tmp_path) as running:
            at = datetime.now(UTC) + timedelta(seconds=6)
            night = config(time=f"{at:%H:%M:%S}", zone="UTC")
            for name, text in schedule_files("systemd", night, a_place(base, pantau=(str(script),))).items():
                (running.units / name).write_text(text)
                if name.endswith(".service"):
                    (running.units / f"{name}.d").mkdir()
                    (running.units / f"{name}.d/container.conf").write_text(WITHOUT_PROC)
            running.systemctl("daemon-reload")
            enabled = running.systemctl("enable", "--now", "pantau-night.timer")
            assert enabled.returncode == 0, enabled.stderr
            until = time.monotonic() + 60
            while len(asked(base)) < 2 and time.monotonic() < until:
                time.sleep(0.1)
            told = running.systemctl("status", "pantau-night.service", "pantau-alert@pantau-night.service")
        file = str(base / "pantau.toml")
        assert asked(base) == [
            f"nightly --config {file}",
            f"status --alert --failed pantau-night --config {file}",
        ], told.stdout
        assert datetime.fromtimestamp((base / "asked").stat().st_mtime, UTC) >= at - timedelta(seconds=1)


HEADLESS = (
    "/usr/bin/setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --inh-caps=-all "
    "--no-new-privs {browser} --headless=new --disable-gpu --user-data-dir={profile} "
    "--dump-dom 'data:text/html,<p>seen</p>'"
)


@pytest.mark.long
@pytest.mark.browser
@pytest.mark.skipif(not systemd.allowed() or os.geteuid() != 0, reason="no systemd of our own here")
@pytest.mark.parametrize(
    ("more", "shown"),
    [("", True), ("RestrictNamespaces=yes\n", False), ("MemoryDenyWriteExecute=yes\n", False)],
)
def test_the_browser_keeps_its_own_sandbox_under_the_hardening_and_under_no_more(more, shown):
    """Started as nobody, with no --no-sandbox; what `setpriv` needs to become nobody, it takes itself."""
    other = {
        "NoNewPrivileges",
        "CapabilityBoundingSet",
        "ExecStart",
        "TimeoutStartSec",
        "TimeoutStopSec",
        "KillSignal",
        "ProtectKernelLogs",
        "ProtectKernelTunables",
        "User",
        "Environment",
        "StateDirectory",
        "CacheDirectory",
        "UMask",
    }
    with TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "profile").mkdir()
        (folder / "profile").chmod(0o777)
        night = systemd_files(folder)["pantau-night.service"].split("[Service]\n")[1]
        lines = [line for line in night.splitlines() if line.partition("=")[0] not in other]
        browser = HEADLESS.format(browser=find_browser().path, profile=folder / "profile")
        output = f"StandardOutput=file:{folder}/dom\nEnvironment=HOME={folder}/profile\n"
        output += "TimeoutStartSec=30\nTimeoutStopSec=5\n"
        unit = "[Service]\n" + "\n".join(lines) + f"\n{output}{more}ExecStart={browser}\n"
        with systemd.manager(folder) as running:
            (running.units / "browser.service").write_text(unit)
            running.systemctl("daemon-reload")
            running.systemctl("start", "browser.service")
        dom = folder / "dom"
        assert (dom.exists() and "seen" in dom.read_text()) is shown


# These two need a /proc of the machine's own; the processes of a container have none.
WITHOUT_PROC = "[Service]\nProtectKernelLogs=no\nProtectKernelTunables=no\n"


def asked(base: Path) -> list[str]:
    path = base / "asked"
    return path.read_text().splitlines() if path.exists() else []


class TestCron:
    @pytest.mark.parametrize(
        ("zone", "line", "varies"),
        [
            ("UTC", "0 18 * * *", False),
            ("Asia/Jakarta", "0 1 * * *", False),
            ("Europe/Berlin", "0 19 * * *", True),
        ],
    )
    def test_times_are_those_of_the_machine(self, zone, line, varies):
        (text,) = schedule_files("cron", config(), a_place(zone=ZoneInfo(zone)), on=DAY).values()
        jobs = [each for each in text.splitlines() if not each.startswith("#")]
        assert jobs[0].startswith(
            f"{line} cd /srv/pantau && /bin/true nightly --config /srv/pantau/pantau.toml"
        )
        assert "status --alert" in jobs[1]
        assert ("clocks forward" in text) is varies
        assert "TOKEN, CHAT" in text

    def test_a_percent_sign_does_not_end_the_command(self):
        (text,) = schedule_files("cron", config(), a_place(Path("/srv/100% siti's")), on=DAY).values()
        jobs = [each for each in text.splitlines() if not each.startswith("#")]
        command = jobs[0].split(" ", 5)[5].replace(r"\%", "%")
        said = subprocess.run(
            ["sh", "-c", command.replace("cd ", "echo ", 1)], capture_output=True, text=True, check=True
        )
        assert said.stdout == "/srv/100% siti's\n"


class TestContinuousIntegration:
    def test_github(self):
        (text,) = schedule_files("github", config(), a_place(Path("/srv/siti's: x")), on=DAY).values()
        read = yaml.safe_load(text)
        assert read[True]["schedule"] == [{"cron": "0 18 * * *"}]  # YAML 1.1 takes `on` for true
        night, alert = read["jobs"]["night"]["steps"]
        assert night["env"] == {"TOKEN": "${{ secrets.TOKEN }}", "CHAT": "${{ secrets.CHAT }}"}
        assert night["working-directory"] == "/srv/siti's: x"
        assert "status --alert" in alert["run"]

    @pytest.mark.parametrize(("code", "wanted"), [(0, 0), (1, 0), (3, 0), (4, 0), (2, 2), (5, 5), (6, 6)])
    def test_github_fails_only_where_the_night_did(self, code, wanted):
        place = a_place(pantau=("sh", "-c", f"exit {code}"))
        (text,) = schedule_files("github", config(), place, on=DAY).values()
        run = yaml.safe_load(text)["jobs"]["night"]["steps"][0]["run"]
        assert (
            subprocess.run(["bash", "-e", "-c", run], capture_output=True, check=False).returncode == wanted
        )

    def test_gitlab(self):
        (text,) = schedule_files("gitlab", config(), a_place(Path("/srv/siti's: x")), on=DAY).values()
        job = yaml.safe_load(text)["pantau-nightly"]
        assert job["script"] == [
            """cd '/srv/siti'"'"'s: x'""",
            """/bin/true nightly --config '/srv/siti'"'"'s: x/pantau.toml'""",
        ]
        assert job["allow_failure"] == {"exit_codes": [1, 3, 4]}
        assert '"0 1 * * *", zone Asia/Jakarta' in text


@pytest.mark.parametrize("kind", ["systemd", "cron", "github", "gitlab"])
def test_a_path_that_breaks_lines_is_refused(kind):
    with pytest.raises(ConfigError, match="no schedule can hold"):
        schedule_files(kind, config(), a_place(Path("/srv/x\nExecStart=/bin/sh")), on=DAY)


def test_this_machine():
    assert own_command()
    assert datetime.now(machine_zone()).utcoffset() is not None
