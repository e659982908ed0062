"""The report as JSON, for machines, and the JSON Schema of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crawler.report.files import replace
from crawler.report.summary import summary_of
from crawler.report.views import Summary

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.model.finding import Judgement
    from crawler.store.bundle import Bundle


def write_json(bundle: Bundle, judgement: Judgement, *, root: Path | None = None) -> Path:
    """Write `report/report-<policy>.json` into the bundle's folder, outside its seal, or into `root`.

    Raises:
        BundleCorrupt: the bundle is not what its seal says.
        ReportError: the file cannot be written.
    """
    text = summary_of(bundle, judgement).model_dump_json(indent=1) + "\n"
    return replace(root or bundle.root, f"report-{judgement.policy}.json", text)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of what `write_json` writes."""
    return Summary.model_json_schema(mode="serialization")
