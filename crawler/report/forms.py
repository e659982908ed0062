"""The forms a report comes in, by the names that people ask for them by: one list for terminal and desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.report.har import write_har
from crawler.report.html import write_html
from crawler.report.json import write_json
from crawler.report.request_table import write_requests
from crawler.report.tables import write_csv

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.lib.i18n import Language
    from crawler.model.finding import Judgement
    from crawler.store.bundle import Bundle

FORMS = ("html", "json", "csv", "requests", "har", "wacz")


def write_form(
    form: str, bundle: Bundle, judgement: Judgement, lang: Language = "id", *, root: Path | None = None
) -> tuple[Path, ...]:
    """Write the report of a bundle in one of `FORMS` and return its files.

    Args:
        form: Which of them.
        bundle: The bundle; its evidence is only read.
        judgement: What the rules say of it.
        lang: The language, where the form has words in it.
        root: The folder in which `report/` is written; the bundle's own unless given.

    Raises:
        BundleCorrupt: the bundle is not what its seal says.
        ReportError: a file cannot be written, or the form has nothing to show.
    """
    match form:
        case "html":
            return (write_html(bundle, judgement, lang, root=root),)
        case "json":
            return (write_json(bundle, judgement, root=root),)
        case "csv":
            return write_csv(bundle, judgement, lang, root=root)
        case "requests":
            return (write_requests(bundle, judgement, lang, root=root),)
        case "har":
            return (write_har(bundle, root=root),)
        case "wacz":
            return (_write_wacz(bundle, root),)
    raise ValueError(f"There is no report in the form {form}.")


def _write_wacz(bundle: Bundle, root: Path | None) -> Path:
    from crawler.report.wacz import write_wacz  # noqa: PLC0415 - the package behind it takes a second to import

    return write_wacz(bundle, root=root)
