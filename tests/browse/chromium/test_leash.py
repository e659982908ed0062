"""The program that starts Chromium so that it dies with its parent."""

import subprocess
import sys
from pathlib import Path

import psutil

import crawler.browse.chromium

LEASH = Path(crawler.browse.chromium.__file__).with_name("leash.py")


def test_the_process_keeps_its_id_and_writes_it_down_first(tmp_path):
    child = subprocess.run(
        [sys.executable, "-ISs", LEASH, tmp_path / "pid", "/bin/sh", "-c", f"echo $$; cat {tmp_path}/pid"],
        capture_output=True,
        text=True,
        check=True,
    )
    own, noted = child.stdout.split()
    assert own == noted


def test_it_dies_with_its_parent_even_when_it_ignores_every_signal_it_can(tmp_path):
    stubborn = (
        "import signal; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)];"
        "print('up', flush=True); signal.pause()"
    )
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys; subprocess.run(sys.argv[1:])",
            sys.executable,
            "-ISs",
            str(LEASH),
            str(tmp_path / "pid"),
            sys.executable,
            "-c",
            stubborn,
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout.readline() == "up\n"
    leashed = psutil.Process(int((tmp_path / "pid").read_text()))
    assert leashed.ppid() == parent.pid
    parent.kill()
    parent.communicate()
    _, alive = psutil.wait_procs([leashed], timeout=10)
    assert alive == []


def test_a_browser_that_cannot_be_started_is_an_error(tmp_path):
    done = subprocess.run(
        [sys.executable, "-ISs", LEASH, tmp_path / "pid", "/nowhere/chromium"],
        capture_output=True,
        check=False,
    )
    assert done.returncode != 0
    assert b"No such file" in done.stderr


def test_no_half_written_id_is_left_beside_the_file(tmp_path):
    subprocess.run([sys.executable, "-ISs", LEASH, tmp_path / "pid", "/bin/true"], check=True)
    assert [path.name for path in tmp_path.iterdir()] == ["pid"]
