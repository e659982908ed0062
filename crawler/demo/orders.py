"""The order table of the reference shop: the proof that a crawl placed no order.

Order endpoints really insert a row. One order exists from the start, so that its invoice can be shown.
"""

import datetime as dt
import sqlite3
import threading
from pathlib import Path
from typing import Any

import sqlite_utils


class Orders:
    """Rows in SQLite, written by the server's threads one at a time.

    Args:
        path: The database file; an older one is replaced.
    """

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._lock = threading.Lock()
        self._database = sqlite_utils.Database(sqlite3.connect(path, check_same_thread=False))
        self._table = self._database.table("orders").create(
            {"number": str, "lines": str, "placed_at": str, "via": str}
        )

    def place(self, number: str, lines: dict[int, int], placed_at: dt.datetime, via: str) -> None:
        """Insert an order.

        Args:
            number: Its printed number.
            lines: Quantity by product id.
            placed_at: When, UTC-aware.
            via: Host and path of the request that placed it, or "seed".
        """
        row = {"number": number, "lines": lines, "placed_at": placed_at.isoformat(), "via": via}
        with self._lock:
            self._table.insert(row)

    def count(self) -> int:
        """Rows in the table."""
        with self._lock:
            return int(self._table.count)

    def rows(self) -> list[dict[str, Any]]:
        """Every row, oldest first."""
        with self._lock:
            return list(self._table.rows)

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._database.close()
