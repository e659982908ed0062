"""What a reviewer sees of a finding, as a hash: what a decision is about."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from crawler.lib.steady import normal

if TYPE_CHECKING:
    from crawler.model.finding import Finding


def seen_hash(finding: Finding, seal: str) -> str:
    """Return the hash of what a reviewer sees of a finding: its text, and its crop where it has one.

    Numbers in a text do not count: a price that moves is no other mention. A finding in pixels whose crop
    was not hashed, as by an older Pantau, is the same in its own bundle alone, which `seal` names.
    """
    crop = (finding.crop_sha256 or seal) if finding.pixels else ""
    said = json.dumps([normal(finding.observed), crop], ensure_ascii=False)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
