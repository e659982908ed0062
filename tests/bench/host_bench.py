"""How long `pantau host` takes for 10,000 names, beside what the interpreter and its imports take alone.

`python tests/bench/host_bench.py [names]` prints seconds of processor time and of the clock, best of three.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PANTAU = Path(sys.executable).with_name("pantau")
NAMES = (
    "www.tokopedia.com",
    "h{}.tiktokv.com",
    "toko{}.co.id",
    "p16-oec-sg{}.ibyteimg.com",
    "t{}okopedia.com",
)


def main(count: int) -> int:
    """Print a line for each way to call it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "names.txt"
        path.write_text("".join(NAMES[n % len(NAMES)].format(n) + "\n" for n in range(count)))
        ways = {
            "version": ["--version"],
            "json": ["host", "--file", str(path), "--json"],
            "text": ["host", "--file", str(path)],
        }
        for name, arguments in ways.items():
            cpu_s, wall_s = min(_run(arguments) for _ in range(3))
            sys.stdout.write(f"{name:8} {count} names: {cpu_s:.2f} s of processor time, {wall_s:.2f} s\n")
    return 0


def _run(arguments: list[str]) -> tuple[float, float]:
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run([PANTAU, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return used, time.monotonic() - start


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
