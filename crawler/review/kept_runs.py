"""Runs as reports show them, made once and kept at hand until the run or its judgement is another one.

What is shown is the report's own summary: nothing is derived a second time. It is also kept beside the bundle
under `derived/`, marked by this machine, so that a desk that was started again need not make it.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection  # noqa: TC002 - FastAPI reads the annotation

from crawler.derive.cache import cached, code_sha256
from crawler.errors import PolicyError
from crawler.fleet.judged_bundles import is_of_today
from crawler.model.policy import pack_in_force
from crawler.report.request_table import operator_groups
from crawler.report.summary import summary_of, wire_of
from crawler.review.refusal import Refusal
from crawler.review.views.kept_run import KeptRun
from crawler.store.bundle import Bundle
from crawler.store.index.entries import Stamp, stamp
from crawler.store.judgements import kept_judgements

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from crawler.model.finding import Judgement

MOST_ENTRIES = 25_000  # of ledgers, in all runs that are kept: some 100 MB
MOST_BUNDLES = 4
_KEPT_BESIDE = 2
_MADE_BY = ("derive", "lib", "model", "policies", "report", "store")

Key = tuple[str, Stamp, str]


class KeptRuns:
    """The runs that were looked at last; several threads may ask at once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._runs: OrderedDict[Key, KeptRun] = OrderedDict()
        self._bundles: OrderedDict[tuple[str, str | None], Bundle] = OrderedDict()

    def run(self, root: Path, policy: str = "") -> KeptRun:
        """Return what reports show of a run.

        Args:
            root: Its folder.
            policy: By which pack; unless given, the one in force on its day, else the last that judged it.

        Raises:
            BundleCorrupt: it is not sealed, or not what its seal says.
            Refusal: 404 where it was not judged, or not by that pack.
        """
        key = (str(root), stamp(root), policy)
        with self._lock:
            if key in self._runs:
                self._runs.move_to_end(key)
                return self._runs[key]
        made = _shown(root, policy)
        with self._lock:
            self._runs[key] = made
            while self._entries() > MOST_ENTRIES and len(self._runs) > 1:
                self._runs.popitem(last=False)
        return made

    def bundle(self, root: Path) -> Bundle:
        """Return a bundle, which checks every file against its seal as it is read.

        Raises:
            BundleCorrupt: it is not sealed, or not what its seal says.
        """
        key = (str(root), stamp(root).seal)
        with self._lock:
            if key in self._bundles:
                self._bundles.move_to_end(key)
                return self._bundles[key]
        opened = Bundle(root)
        with self._lock:
            self._bundles[key] = opened
            while len(self._bundles) > MOST_BUNDLES:
                self._bundles.popitem(last=False)
        return opened

    def _entries(self) -> int:
        return sum(len(kept.summary.ledger.entries) for kept in self._runs.values())


def get_kept_runs(connection: HTTPConnection) -> KeptRuns:
    """Return the runs that a desk keeps at hand."""
    state = connection.app.state
    if not hasattr(state, "kept_runs"):
        state.kept_runs = KeptRuns()
    kept: KeptRuns = state.kept_runs
    return kept


KeptRunsOf = Annotated[KeptRuns, Depends(get_kept_runs)]


def judgement_by(bundle: Bundle, policy: str = "") -> Judgement:
    """Return the judgement of a bundle by a pack, or the one that counts for its day; see `KeptRuns.run`.

    Raises:
        Refusal: 404 where there is none.
    """
    return _chosen(tuple(kept_judgements(bundle)), bundle, policy)


def _chosen(judgements: tuple[Judgement, ...], bundle: Bundle, policy: str) -> Judgement:
    by_pack = {judgement.policy: judgement for judgement in reversed(judgements)}
    wanted = policy or _in_force(bundle.run.as_of)
    found = by_pack.get(wanted) or (None if policy else next(iter(judgements), None))
    if found is None:
        raise Refusal(404, "desk.refusal.not-judged")
    return found


def _shown(root: Path, policy: str) -> KeptRun:
    bundle = Bundle(root)
    judgements = tuple(kept_judgements(bundle))
    judgement = _chosen(judgements, bundle, policy)

    def make() -> KeptRun:
        return KeptRun(
            summary=summary_of(bundle, judgement),
            groups=operator_groups(wire_of(bundle, judgement)),
            policies=tuple(each.policy for each in judgements),
            older_rules=not is_of_today(judgement),
        )

    said = "\n".join(each.model_dump_json() for each in (judgement, *judgements))
    inputs = {
        "seal": bundle.seal,
        "judgements": hashlib.sha256(said.encode()).hexdigest(),
        "code": code_sha256(*_MADE_BY),
    }
    return cached(bundle, "shown", inputs, KeptRun, make, most=_KEPT_BESIDE)


def _in_force(on: date) -> str:
    try:
        return pack_in_force(on).id
    except PolicyError:  # before the first of them
        return ""
