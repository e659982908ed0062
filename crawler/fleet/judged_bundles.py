"""Loads bundles of nights with what the rules say of them: as kept, or judged again where rules moved on."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from crawler.checks import registry
from crawler.checks.engine import judge, read_pack
from crawler.errors import EvidenceError, JournalUnwritable, PolicyError
from crawler.history.judged import Judged
from crawler.model.policy import load_brands, pack_in_force
from crawler.store.bundle import Bundle
from crawler.store.exceptions import exceptions_over
from crawler.store.judgements import kept_judgements

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.model.finding import Judgement

KEPT = 16  # bundles at once: those that are compared with each other


class JudgedBundles:
    """The bundles below a folder, by name; the last few are kept.

    Args:
        out: The folder.
        judge_again: Judge a bundle again that older rules judged. Without, what is kept counts as it is, and
            a bundle that nothing is kept of is as one that is gone: nobody who looks at a page has to wait.
    """

    def __init__(self, out: Path, *, judge_again: bool = True) -> None:
        self._out = out
        self._judge_again = judge_again
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
            kept = next(kept_judgements(bundle), None)
            if not self._judge_again:
                return Judged(bundle, kept, self._brands) if kept else None
            if kept is None or not is_of_today(kept):
                day = bundle.run.as_of
                policy = bundle.run.settings.get("policy") or (kept.policy if kept else pack_in_force(day).id)
                over = exceptions_over(bundle.root)
                kept = judge(bundle, read_pack(policy), self._brands, as_of=day, exceptions=over)
        except (EvidenceError, JournalUnwritable, PolicyError, OSError):
            return None
        return Judged(bundle, kept, self._brands)


def is_of_today(judgement: Judgement) -> bool:
    """Say whether every rule still has the version that made it."""
    known = registry.rules()
    return all(
        result.rule in known and known[result.rule].meta.version == result.version
        for result in judgement.rules
    )
