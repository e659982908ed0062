"""The morning pages of nights, made once: the part of a page as HTML, and its pictures as files beside.

They show what `pantau nightly` writes as a file of its own, from the same view models. Bundles are shown as
they were judged; none is judged again while somebody waits. The oldest go when there are too many.
"""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING
from urllib.parse import quote
from uuid import uuid4

from markupsafe import Markup

from crawler.derive.cache import code_sha256
from crawler.fleet.after import AFTER
from crawler.fleet.judged_bundles import JudgedBundles
from crawler.lib.i18n import translate
from crawler.model.after import AfterNight
from crawler.report.morning import morning_of
from crawler.report.words import Words
from crawler.review.screen import environment
from crawler.store.nights import night_folder, read_record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from crawler.history.judged import Judged
    from crawler.lib.i18n import Language
    from crawler.model.night import JobOutcome, Night
    from crawler.report.pictures import Crop
    from crawler.review.desk import Desk

MOST_PAGES = 60
_MADE_BY = ("derive", "history", "lib", "locale", "model", "policies", "report", "review", "store")


class DeskLinks:
    """Where the desk shows runs and their findings."""

    def report(self, run: Judged | None, number: int | None = None) -> str:
        """Return the address of a run, or of a finding in it; empty where there is no run."""
        if run is None:
            return ""
        root = run.bundle.root
        place = f"#finding-{number}" if number else ""
        return f"/runs/{quote(root.parent.name, safe='')}/{quote(root.name, safe='')}{place}"

    def report_of(self, outcome: JobOutcome | None) -> str:
        """Return the same of the bundle that a job left."""
        return f"/runs/{quote(outcome.bundle)}" if outcome and outcome.bundle else ""


class Mornings:
    """The morning pages that a desk keeps, below its own folder."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._folder = desk.folder / "mornings"

    def body(self, night: Night, before: Sequence[Night], lang: Language) -> Markup:
        """Return what the page of a night says.

        Raises:
            NightUnreadable: what followed the night is recorded and cannot be read.
        """
        after = read_record(night_folder(self._desk.nights, night.date) / AFTER, AfterNight)
        place = self._folder / self._name(night, before, after, lang)
        if not place.exists():
            self._make(place, night, before, after, lang)
            self._trim()
        return Markup((place / "body.html").read_text(encoding="utf-8"))  # noqa: S704 - our own template made it

    def picture(self, name: str) -> Path | None:
        """Return the file of a picture by the name that a page gives it, None where there is none."""
        folder, _, digest = name.partition(".")
        if not folder.isalnum() or not digest.isalnum():
            return None
        path = self._folder / folder / f"{digest}.webp"
        return path if path.is_file() else None

    def _name(self, night: Night, before: Sequence[Night], after: AfterNight | None, lang: Language) -> str:
        said = [
            night.model_dump_json(),
            after.model_dump_json() if after else "",
            lang,
            code_sha256(*_MADE_BY),
        ]
        said += [each.model_dump_json() for each in before]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:32]

    def _make(
        self,
        place: Path,
        night: Night,
        before: Sequence[Night],
        after: AfterNight | None,
        lang: Language,
    ) -> None:
        """Write a page into a folder beside, then give that its name; the first of two stays."""
        unfinished = self._folder / f".{uuid4().hex}"
        unfinished.mkdir(parents=True)
        try:
            load = JudgedBundles(self._desk.snapshots, judge_again=False).load
            morning = morning_of(night, before, load=load, lang=lang, links=DeskLinks(), after=after)

            def picture_at(crop: Crop) -> str:
                digest = hashlib.sha256(crop.webp).hexdigest()[:32]
                (unfinished / f"{digest}.webp").write_bytes(crop.webp)
                return f"/nights/pictures/{place.name}.{digest}"

            words = Words(translate(lang)).by_name()
            template = environment().get_template("night-body.html.j2")
            text = template.render(m=morning, night=night, picture_at=picture_at, lang=lang, **words)
            (unfinished / "body.html").write_text(text, encoding="utf-8")
            if not place.exists():
                unfinished.replace(place)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)

    def _trim(self) -> None:
        kept = sorted((path for path in self._folder.iterdir() if path.name[0] != "."), key=_made_at)
        for path in kept[:-MOST_PAGES]:
            shutil.rmtree(path, ignore_errors=True)


def _made_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another thread let it go
        return 0.0
