"""What `pantau demo --nights` shows at the end: the states of the reference shop as a series of nights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.cli.telling import say, say_json
from crawler.cli.trend import series_lines, write_charts
from crawler.history.timeline import series_of
from crawler.lib.i18n import LANGUAGES, detect, translate
from crawler.store import index
from crawler.store.index.series import judged_runs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def tell_nights(roots: Sequence[Path], out: Path, *, as_json: bool) -> None:
    """Print the trend over some runs and write its charts.

    Args:
        roots: The bundles, which lie below `out`; other runs of the same target are left out.
        out: Where the index is and the charts go.
        as_json: Print the series as one line of JSON instead of a table.

    Raises:
        IndexUnavailable: the index cannot be written or read.
        ReportError: a chart cannot be written.
    """
    index.update(out)
    names = {f"{root.parent.name}/{root.name}" for root in roots}
    series = series_of(run for run in judged_runs(out) if run.bundle in names)
    if as_json:
        say_json([each.model_dump(mode="json") for each in series], indent=None)
    words = translate(detect())
    for each in () if as_json else series:
        for line in series_lines(each, words):
            say(line)
    for lang in LANGUAGES:
        for path in write_charts(out, series, lang):
            if not as_json:
                say(path)
