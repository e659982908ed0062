"""Loads bundles of nights with what the rules say of them: as kept, or judged again where rules moved on."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from pydantic import ValidationError

from crawler.checks import registry
from crawler.checks.engine import judge, read_pack
from crawler.errors import EvidenceError, PolicyError
from crawler.history.judged import Judged
from crawler.model.finding import Judgement
from crawler.model.policy import load_brands, pack_in_force
from crawler.store.bundle import Bundle
from crawler.store.layout import FINDINGS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEPT = 16  # bundles at once: those that are compared with each other
_MAX_JUDGEMENT_BYTES = 64 * 2**20


class JudgedBundles:
    """The bundles below a folder, by name; the last few are kept."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._brands = load_brands()
        self._kept: OrderedDict[str, Judged | None] = OrderedDict()

    def load(self, name: str) -> Judged | None:
        """Return a judged bundle by its name, None where it is gone, damaged, or of no known policy."""
        if name not in self._kept:
            self._kept[name] = self._read(name)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(name)
        return self._kept[name]

    def _read(self, name: str) -> Judged | None:
        try:
            bundle = Bundle(self._out / name)
            kept = next(_kept_judgements(bundle), None)
            if kept is None or not _of_today(kept):
                day = bundle.run.as_of
                policy = bundle.run.settings.get("policy") or (kept.policy if kept else pack_in_force(day).id)
                kept = judge(bundle, read_pack(policy), self._brands, as_of=day)
        except (EvidenceError, PolicyError, OSError):
            return None
        return Judged(bundle, kept, self._brands)


def _kept_judgements(bundle: Bundle) -> Iterator[Judgement]:
    """Yield the judgements beside a bundle that are of this very bundle, the newest first."""
    folder = bundle.root / FINDINGS
    files = [path for path in folder.glob("*.json") if path.is_file() and not path.is_symlink()]
    for path in sorted(files, key=lambda each: each.stat().st_mtime, reverse=True):
        if path.stat().st_size > _MAX_JUDGEMENT_BYTES:
            continue
        try:
            judgement = Judgement.model_validate_json(path.read_bytes())
        except ValidationError:
            continue
        if judgement.inputs.get("seal") == bundle.seal:
            yield judgement


def _of_today(judgement: Judgement) -> bool:
    """Say whether every rule still has the version that made it."""
    known = registry.rules()
    return all(
        result.rule in known and known[result.rule].meta.version == result.version
        for result in judgement.rules
    )
