"""Lock files: held alone or shared, free when the holder is gone, not inherited by what is started."""

import subprocess
import sys

import pytest

from crawler.lib.lock import LockHeld, hold_lock, is_held, share_lock

HOLDS = """
import sys
from pathlib import Path
from crawler.lib.lock import hold_lock
with hold_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / ".lock"


@pytest.fixture
def holder(path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_who_comes_second_is_told(path, holder):
    assert is_held(path)
    with pytest.raises(LockHeld), hold_lock(path, timeout_s=0):
        pytest.fail("two hold it")
    with pytest.raises(LockHeld), share_lock(path, timeout_s=0.05):
        pytest.fail("it is held alone and shared")


def test_it_is_free_when_its_process_is_killed(path, holder):
    holder.kill()
    holder.wait()
    assert not is_held(path)
    with hold_lock(path, timeout_s=0):
        assert is_held(path)


def test_it_is_waited_for(path, holder):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        holder.communicate("")
        assert other.stdout.readline() == b"held\n"
        other.communicate(b"")


def test_a_process_that_is_started_meanwhile_does_not_hold_it(path):
    with hold_lock(path):
        child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, close_fds=False)
    with child:
        assert not is_held(path)
        child.communicate(b"")


def test_many_share_it(path):
    with share_lock(path, timeout_s=0), share_lock(path, timeout_s=0):
        assert not is_held(path)
        with pytest.raises(LockHeld), hold_lock(path, timeout_s=0):
            pytest.fail("it is shared and held alone")


def test_it_is_let_go_where_the_work_fails(path):
    with pytest.raises(ZeroDivisionError), hold_lock(path):
        _ = 1 / 0
    assert not is_held(path)


def test_what_is_not_there_is_not_held_and_not_made(path):
    assert not is_held(path)
    assert not path.exists()


@pytest.mark.parametrize("hold", [hold_lock, share_lock])
def test_a_link_in_its_place_and_a_missing_folder_are_refused(tmp_path, hold):
    (tmp_path / "target").touch()
    (tmp_path / "link").symlink_to(tmp_path / "target")
    for place in (tmp_path / "link", tmp_path / "none" / ".lock"):
        with pytest.raises(OSError), hold(place, timeout_s=0):
            pytest.fail("it was opened")
