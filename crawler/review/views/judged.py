"""Judgements as the desk reads them: each once, until its file is another one."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pydantic import ValidationError

from crawler.errors import ArtifactMissing, BundleCorrupt
from crawler.model.finding import Judgement
from crawler.store import layout

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.model.finding import Finding

MAX_JUDGEMENT_BYTES = 64 * 2**20
_JUDGEMENTS = 32  # held at once


def read_judgement(root: Path, policy: str) -> Judgement:
    """Return the judgement of a run by a policy's id.

    Raises:
        ArtifactMissing: there is none.
        BundleCorrupt: the file holds none.
    """
    path = root / layout.FINDINGS / f"{policy}.json"
    try:
        facts = path.stat()
    except OSError as error:
        raise ArtifactMissing(
            f"The run {root.parent.name}/{root.name} has no judgement by {policy}.",
            hint="Judge it: pantau check",
        ) from error
    if path.is_symlink() or path.parent.is_symlink() or facts.st_size > MAX_JUDGEMENT_BYTES:
        raise BundleCorrupt(f"{path.name} of {root.parent.name}/{root.name} is a link or too large.")
    return _judgement(path, facts.st_mtime_ns, facts.st_ino)


def findings_by_number(judgement: Judgement) -> tuple[Finding, ...]:
    """Return the findings of a judgement as the index numbers them, from 1, in the order of the file."""
    return tuple(finding for rule in judgement.rules for finding in rule.findings)


@lru_cache(maxsize=_JUDGEMENTS)
def _judgement(path: Path, _written_ns: int, _inode: int) -> Judgement:
    try:
        return Judgement.model_validate_json(path.read_bytes())
    except (ValidationError, RecursionError) as error:
        raise BundleCorrupt(f"{path} is no judgement.", hint="Judge the run again: pantau check") from error
