"""A run as reports show it, with what the desk needs beside."""

from __future__ import annotations

from crawler.derive.operators.hosts import Group
from crawler.model.evidence import Record
from crawler.report.views import Summary


class KeptRun(Record):
    """What reports show of a run by one policy pack.

    `groups` says who runs each host of the ledger, `policies` by which packs the run was judged, the newest
    judgement first. `older_rules` says that a rule has another version by now.
    """

    summary: Summary
    groups: dict[str, Group]
    policies: tuple[str, ...]
    older_rules: bool
