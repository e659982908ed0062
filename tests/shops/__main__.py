"""`python -m tests.shops [SHAPE…]`: walk the shops, try every way, print the table."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.shops.table import rows, told

if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="shops-") as folder:
        found = rows(sys.argv[1:], Path(folder), say=sys.stderr.write)
    sys.stdout.write(told(found))
    sys.exit(0 if all(row.held for row in found) else 1)
