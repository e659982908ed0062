"""The data that every judgement stands on, by its hashes."""

from __future__ import annotations

from crawler.derive.operators import hosts
from crawler.lib import words

TABLES = ("hosts.csv", "networks.csv")
LISTS = (
    "businesses",
    "compounds",
    "contacts",
    "homoglyphs",
    "lookalikes",
    "misreadings",
    "operator-groups",
    "payments",
    "stack-marks",
    "stages",
    "statements",
    "traffic",
)


def data_versions() -> dict[str, str]:
    """Return the SHA-256 of each table and word list by its name; of the user's own hosts too, if any."""
    own = {"hosts.csv:own": sha256} if (sha256 := hosts.own_sha256()) else {}
    names = [*TABLES, *(f"words/{name}.toml" for name in LISTS)]
    return {name: words.sha256(name) for name in names} | own
