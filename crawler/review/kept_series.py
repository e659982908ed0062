"""Series and their charts, made once and kept until the index is another one."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection  # noqa: TC002 - FastAPI reads the annotation

from crawler.history.timeline import series_of
from crawler.model.trend import load_milestones
from crawler.report.chart import chart
from crawler.store.index.series import judged_runs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import TypeVar

    from crawler.lib.i18n import Language
    from crawler.model.indexed import ListedTarget
    from crawler.model.trend import Series

    MadeT = TypeVar("MadeT")

MOST_KEPT = 24
_FILES = ("", "-wal")  # of the index: what is written goes to the second first


class KeptSeries:
    """The series that were looked at last; several threads may ask at once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._drawing = Lock()  # the library that draws is made for one thread
        self._kept: OrderedDict[tuple[object, ...], object] = OrderedDict()

    def series(self, index: Path, of: ListedTarget, void: frozenset[str]) -> Series | None:
        """Return the series of a target, None where nothing of it is judged.

        Args:
            index: The file of the index.
            of: The target.
            void: Bundles of void nights.

        Raises:
            IndexUnavailable: there is no index, or it cannot be read.
        """
        key = ("series", _stamp(index), of, void)
        return self._made(key, lambda: next(iter(series_of(judged_runs(index.parent, of), void=void)), None))

    def chart(self, index: Path, of: ListedTarget, void: frozenset[str], lang: Language) -> str | None:
        """Return the chart of a target as SVG; arguments as for `series`."""
        found = self.series(index, of, void)
        if found is None:
            return None
        with self._drawing:
            return self._made(
                ("chart", _stamp(index), of, void, lang), lambda: chart(found, load_milestones(), lang)
            )

    def _made(self, key: tuple[object, ...], make: Callable[[], MadeT]) -> MadeT:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]  # type: ignore[return-value]  # mypy - a key is of one kind of value
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return made


def get_kept_series(connection: HTTPConnection) -> KeptSeries:
    """Return the series that a desk keeps at hand."""
    state = connection.app.state
    if not hasattr(state, "kept_series"):
        state.kept_series = KeptSeries()
    kept: KeptSeries = state.kept_series
    return kept


KeptSeriesOf = Annotated[KeptSeries, Depends(get_kept_series)]


def _stamp(index: Path) -> tuple[tuple[int, int] | None, ...]:
    """Return what tells whether the index was written since."""
    found: list[tuple[int, int] | None] = []
    for end in _FILES:
        try:
            facts = index.with_name(index.name + end).stat()
        except OSError:
            found.append(None)
        else:
            found.append((facts.st_mtime_ns, facts.st_size))
    return tuple(found)
