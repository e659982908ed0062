"""Reports as downloads: made when somebody asks, in the desk's own folder; the oldest go."""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from typing import TYPE_CHECKING
from uuid import uuid4

from crawler.derive.cache import code_sha256
from crawler.report.forms import write_form

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.lib.i18n import Language
    from crawler.model.finding import Judgement
    from crawler.store.bundle import Bundle

MOST_REPORTS = 200
_MADE_BY = ("derive", "lib", "locale", "model", "policies", "report", "store")


class ReportCopies:
    """The reports that a desk keeps, below its own folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "reports"

    def file(self, form: str, bundle: Bundle, judgement: Judgement, lang: Language) -> Path:
        """Return the report of a bundle in one of `FORMS` as one file; several tables are put in a ZIP.

        Raises:
            BundleCorrupt: the bundle is not what its seal says.
            ReportError: the file cannot be written, or the form has nothing to show.
        """
        said = hashlib.sha256(judgement.model_dump_json().encode()).hexdigest()
        name = f"{bundle.seal[:32]}-{said[:16]}-{code_sha256(*_MADE_BY)[:12]}-{form}-{lang}"
        place = self._folder / name
        if not place.exists():
            self._make(place, form, bundle, judgement, lang)
            self._trim()
        os.utime(place)
        return next(path for path in place.iterdir() if path.is_file())

    def _make(self, place: Path, form: str, bundle: Bundle, judgement: Judgement, lang: Language) -> None:
        """Write a report into a folder beside, then give that its name; the first of two stays."""
        unfinished = self._folder / f".{uuid4().hex}"
        unfinished.mkdir(parents=True)
        try:
            files = write_form(form, bundle, judgement, lang, root=unfinished)
            if len(files) == 1:
                files[0].rename(unfinished / files[0].name)
            else:
                _pack(unfinished / f"{form}-{judgement.policy}.zip", files)
            shutil.rmtree(files[0].parent)
            if not place.exists():
                unfinished.replace(place)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)

    def _trim(self) -> None:
        kept = sorted((path for path in self._folder.iterdir() if path.name[0] != "."), key=_used_at)
        for path in kept[:-MOST_REPORTS]:
            shutil.rmtree(path, ignore_errors=True)


def _pack(path: Path, files: tuple[Path, ...]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in files:
            packed.write(file, file.name)


def _used_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another thread let it go
        return 0.0
