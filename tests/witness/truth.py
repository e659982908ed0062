"""What arrived at the servers, held against what a bundle and its exports tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from crawler.derive.network import ledger
from crawler.store.bundle import Bundle
from tests.witness import exports
from tests.witness.mechanisms import CONTACTS

PAGES = ("HTML", "HTML requests")  # these name what was refused too


class Outcome(NamedTuple):
    """Hosts that were contacted, and those that are told wrongly, by the ledger and by each export."""

    contacted: set[str]
    missed: set[str]
    false: set[str]
    exports: dict[str, set[str]]

    @property
    def right(self) -> bool:
        return not (self.missed or self.false or any(self.exports.values()))


def outcome_of(found: dict[str, Any]) -> Outcome:
    """Return how a walk was told of."""
    bundle = Bundle(Path(found["bundle"]))
    truth = {host for kind, host, _ in found["arrived"] if kind in CONTACTS}
    entries = ledger.ledger_of(bundle).entries
    told = {entry.host for entry in entries if entry.aside or (entry.contacted and not entry.own)}
    wrong = {
        name: truth - hosts if name in PAGES else truth ^ hosts
        for name, hosts in exports.contacted(bundle).items()
    }
    return Outcome(truth, truth - told, told - truth, wrong)
