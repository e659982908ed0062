"""The watch knows the memory of a run: shared pages count once, and little work is done below the limit."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from crawler.browse.run.watch import Watch

MIB = 2**20
HELD_MIB, CHILDREN = 64, 4
# Holds memory and shares it with children that write nothing to it.
FAMILY = f"""
import os, signal
held = os.urandom({HELD_MIB} * 2**20)
for _ in range({CHILDREN}):
    if not os.fork():
        signal.pause()
print("ready", flush=True)
signal.pause()
"""


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    process = subprocess.Popen([sys.executable, "-c", FAMILY], stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    watch = Watch(process.pid, tmp_path / "none.pid")
    yield watch
    watch.kill()
    process.wait()
    process.stdout.close()
    assert watch.left() == []


def test_pages_that_processes_share_count_once(watch: Watch) -> None:
    found = watch.memory_above(HELD_MIB * MIB // 2)
    assert found
    assert HELD_MIB * MIB <= found < 2 * HELD_MIB * MIB
    assert watch.memory_above(2 * HELD_MIB * MIB) is None


def test_proportional_sizes_are_not_asked_for_below_the_limit(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(psutil.Process, "memory_full_info")
    assert watch.memory_above((CHILDREN + 1) * 2 * HELD_MIB * MIB) is None
