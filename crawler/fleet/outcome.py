"""Says what became of a job, from what its process said and from the folder it left."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crawler.errors import EvidenceError
from crawler.lib.clock import stamp
from crawler.model.night import JobOutcome, StageStand
from crawler.store.bundle import Bundle
from crawler.store.layout import CHAIN

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.model.line import RunOutcome
    from crawler.model.night import JobStart


@dataclass(frozen=True)
class Walked:
    """What is known of the process of a journey. `exit_code` is negative for the signal that ended it."""

    exit_code: int | None
    line: RunOutcome | None = None
    said: str = ""
    duration_s: float = 0.0
    peak_memory_bytes: int | None = None
    cpu_s: float | None = None


def outcome_of(out: Path, start: JobStart, walked: Walked) -> JobOutcome:
    """Return what became of a job.

    Args:
        out: Folder of the evidence.
        start: The record of its start; names the run's folder.
        walked: What is known of its process.
    """
    root = run_folder(out, start.run_id)
    code = walked.exit_code if walked.exit_code is None or walked.exit_code >= 0 else None
    facts: dict[str, Any] = {
        "job": start.job,
        "exit_code": code,
        "began": start.began,
        "ended": stamp(),
        "duration_s": walked.duration_s,
        "peak_memory_bytes": walked.peak_memory_bytes,
        "cpu_s": walked.cpu_s,
        "worker": start.worker,
    }
    if walked.line is None:
        facts["error"] = walked.said or _ending(walked.exit_code)
    if root is None:
        return JobOutcome(state="no-bundle", **facts)
    return JobOutcome(**facts | _bundle_facts(root) | _line_facts(walked.line))


def run_folder(out: Path, run_id: str) -> Path | None:
    """Return the folder of a run, whatever its scenario is called; None where there is none."""
    return next((path for path in sorted(out.glob(f"*/{run_id}")) if path.is_dir()), None)


def _bundle_facts(root: Path) -> dict[str, Any]:
    """Return what a run's folder says; one that is not sealed, or damaged, has no stages."""
    named = {
        "bundle": f"{root.parent.name}/{root.name}",
        "scenario": root.parent.name,
        "bundle_bytes": folder_bytes(root),
    }
    try:
        bundle = Bundle(root)
    except EvidenceError as error:
        return named | {"state": "unsealed", "error": error.message}
    run = bundle.run
    return named | {
        "state": run.status,
        "ended_by": run.ended_by,
        "stages": tuple(
            StageStand(stage=each.kind, reached=each.reached, reason=each.reason) for each in run.visits
        ),
        "chain_head": _chain_head(root),
        "seal": bundle.seal,
    }


def _line_facts(line: RunOutcome | None) -> dict[str, Any]:
    if line is None:
        return {}
    return {
        "policy": line.policy,
        "verdict": line.verdict,
        "index": line.index,
        "findings": line.findings,
    }


def folder_bytes(root: Path) -> int:
    """Return what the files below a folder hold, in bytes."""
    return sum(path.lstat().st_size for path in root.rglob("*") if path.is_file() and not path.is_symlink())


def _chain_head(root: Path) -> str:
    """Return the hash of the last line of a sealed bundle's chain."""
    last = (root / CHAIN).read_bytes().splitlines()[-1]
    return hashlib.sha256(last).hexdigest()


def _ending(code: int | None) -> str:
    if code is None:
        return "the process that walked it is gone"
    return f"ended by signal {-code}" if code < 0 else f"exit code {code}, and no result"
