"""A systemd of a test's own: a manager in its own process and mount namespaces, gone with the test.

It is the real program, started as a user's manager, with folders of its own in the place of `/run` and of the
home. Nothing it starts is seen outside, and nothing outside is touched but a control group that is removed.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Iterator

_MANAGER = "/usr/lib/systemd/systemd"
_GROUPS = ("/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified", "/sys/fs/cgroup")
_START = """
set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system
for group in {groups}; do echo $$ > $group/cgroup.procs; done
unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_CACHE_HOME
export XDG_RUNTIME_DIR={runtime} HOME={home}
{manager} --user --log-target=console --log-level=warning
exit $?  # so that the shell stays: a manager that is the first process would be one of the whole system
"""


@cache
def allowed() -> bool:
    """Say whether such a manager can be started here."""
    if not Path(_MANAGER).exists() or shutil.which("unshare") is None:
        return False
    tried = ["unshare", "--pid", "--fork", "--mount", "--mount-proc", "mount", "-t", "tmpfs", "tmpfs", "/run"]
    try:
        folders = _groups()
    except OSError:
        return False
    _remove(folders)
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


class Manager:
    """A running manager; units are put into `units`."""

    def __init__(self, home: Path, runtime: Path, pid: int) -> None:
        self.units = home / ".config/systemd/user"
        self._environment = {"XDG_RUNTIME_DIR": str(runtime), "HOME": str(home), "PATH": "/usr/bin:/bin"}
        self._pid = pid

    def systemctl(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Ask the manager as a person would."""
        inside = [
            "nsenter",
            "--target",
            str(self._pid),
            "--mount",
            "--pid",
            "systemctl",
            "--user",
            *arguments,
        ]
        return subprocess.run(inside, env=self._environment, capture_output=True, text=True, check=False)


@contextmanager
def manager(folder: Path, deadline_s: float = 60) -> Iterator[Manager]:
    """Start a manager with its files below a folder, and end it with all that it started."""
    home, runtime, groups = folder / "home", folder / "run", _groups()
    (home / ".config/systemd/user").mkdir(parents=True)
    runtime.mkdir(mode=0o700)
    script = _START.format(groups=" ".join(map(str, groups)), runtime=runtime, home=home, manager=_MANAGER)
    namespaces = ["unshare", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc", "sh", "-c", script]
    outer = subprocess.Popen(namespaces)
    inner = None
    try:
        until = time.monotonic() + deadline_s
        while not (runtime / "systemd/private").exists():
            assert outer.poll() is None, "the manager did not start"
            assert time.monotonic() < until, "the manager is not ready"
            time.sleep(0.05)
        inner = Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text().split()[0]
        yield Manager(home, runtime, int(inner))
    finally:
        if inner:  # the first process of the namespace: all others go with it, and `unshare` waits for that
            os.kill(int(inner), signal.SIGKILL)
        else:
            outer.kill()
        outer.wait()
        _remove(groups)


def _groups() -> list[Path]:
    """Make a control group of our own in every hierarchy that systemd uses here; its name is one in all."""
    name = f"pantau-test-{uuid4().hex[:8]}"
    folders = [Path(root, name) for root in _GROUPS if Path(root, "cgroup.procs").exists()]
    for folder in folders:
        folder.mkdir()
    return folders


def _remove(folders: list[Path], deadline_s: float = 30) -> None:
    """Remove control groups as soon as the last process in them is gone."""
    for folder in folders:
        until = time.monotonic() + deadline_s
        while True:
            try:
                for inner in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
                    inner.rmdir()
                folder.rmdir()
                break
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
