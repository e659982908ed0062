"""The report as one HTML file that needs nothing else: it opens from a USB stick, without script or network.

Strings of a page reach the templates as they are and leave them through `visible` or Jinja's escaping; none
becomes a link. The same bundle and judgement give the same file, byte for byte.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from markupsafe import Markup

from crawler.lib.i18n import Language, Translator, translate
from crawler.report.files import replace
from crawler.report.hostmap import GROUPS, host_map
from crawler.report.pictures import Crop, Gallery, ShownTile, Thumbnail, percent
from crawler.report.summary import summary_of
from crawler.report.templating import stylesheet, templates
from crawler.report.waterfall import MAX_ROWS, waterfall
from crawler.report.words import Words

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.derive.network.ledger import Entry
    from crawler.model.evidence import CssBox
    from crawler.model.finding import Judgement
    from crawler.report.views import FindingView, HostView, PictureView, RequestView, Summary, VisitView
    from crawler.store.bundle import Bundle

_LABEL_PX = 26  # room that the number of a box needs above it


def write_html(
    bundle: Bundle, judgement: Judgement, lang: Language = "id", *, root: Path | None = None
) -> Path:
    """Write `report/report-<policy>-<lang>.html` into the bundle's folder, outside its seal, or into `root`.

    Raises:
        BundleCorrupt: the bundle is not what its seal says.
        ReportError: the file cannot be written.
    """
    summary = summary_of(bundle, judgement)
    text = render(summary, show(bundle, summary), lang)
    return replace(root or bundle.root, f"report-{judgement.policy}-{lang}.html", text)


@dataclass
class Shown:
    """The pictures of a report: tiles by visit, page and kind; thumbnails by visit; crops by finding."""

    tiles: dict[tuple[int, int, str], tuple[ShownTile, ...] | None] = field(default_factory=dict)
    thumbnails: dict[int, Thumbnail] = field(default_factory=dict)
    crops: dict[int, Crop] = field(default_factory=dict)


def show(bundle: Bundle, summary: Summary) -> Shown:
    """Make all pictures of a report: one of every page, and one of what lies around every finding."""
    places = [
        (visit, picture) for visit in summary.visits for page in visit.pages for picture in page.pictures
    ]
    gallery = Gallery(bundle, len(places))
    shown = Shown()
    for visit, picture in places:
        shown.tiles[visit.ordinal, picture.page, picture.kind] = gallery.tiles(picture)
        for view in _drawn(summary, visit, picture):
            if view.finding.status == "open" and view.finding.locus.box:
                crop = gallery.crop(picture, view.finding.locus.box)
                shown.crops |= {view.number: crop} if crop else {}
    for visit in summary.visits:
        small = film_still(gallery, visit)
        shown.thumbnails |= {visit.ordinal: small} if small else {}
    return shown


def film_still(gallery: Gallery, visit: VisitView) -> Thumbnail | None:
    """Return the first screen of a visit: of an unreached one, where the journey stopped."""
    pairs = [(page, picture) for page in visit.pages for picture in page.pictures]
    wanted = next((pair for pair in pairs if pair[1].kind == "stopped-at"), pairs[0] if pairs else None)
    return gallery.thumbnail(wanted[1], wanted[0].viewport_px) if wanted else None


def render(summary: Summary, shown: Shown, lang: Language) -> str:
    """Return the report as HTML."""
    environment = templates()
    words = ReportWords(summary, shown, translate(lang))
    environment.filters |= {"finding_of": words.finding}
    environment.globals |= words.by_name()
    style = stylesheet("style.css")
    return environment.get_template("report.html.j2").render(s=summary, lang=lang, style=style)


def _drawn(summary: Summary, visit: VisitView, picture: PictureView) -> list[FindingView]:
    """Return the findings whose box lies on a picture."""
    return [
        view
        for view in summary.findings
        if view.finding.visit == visit.ordinal
        and view.finding.locus.page == picture.page
        and view.finding.locus.box is not None
        and picture.holds(view.finding.locus.box)
    ]


class ReportWords(Words):
    """What the templates of a report may call; the desk shows some of them in pages of its own."""

    def __init__(self, summary: Summary, shown: Shown, t: Translator) -> None:
        super().__init__(t)
        self._summary = summary
        self._shown = shown
        self._findings = {view.number: view for view in summary.findings}

    def finding(self, number: int) -> FindingView:
        """Return a finding by its number."""
        return self._findings[number]

    def tiles(self, visit: VisitView, picture: PictureView) -> tuple[ShownTile, ...] | None:
        """Return the tiles of a picture, None if it could not be put in."""
        return self._shown.tiles.get((visit.ordinal, picture.page, picture.kind))

    def crop(self, number: int) -> Crop | None:
        """Return the surroundings of a finding."""
        return self._shown.crops.get(number)

    def thumbnail(self, visit: VisitView) -> Thumbnail | None:
        """Return the first screen of a visit, None if there is no picture of it."""
        return self._shown.thumbnails.get(visit.ordinal)

    def host_map(self) -> Markup | None:
        """Return the drawing of stages, hosts and operators."""
        return host_map(self._summary, self.t)

    def waterfall(self, visit: VisitView) -> Markup | None:
        """Return the drawing of what was asked for when at a visit."""
        groups = {host.host: host.operator.operator for host in visit.hosts}
        return waterfall(
            self._entries(visit),
            lambda entry: groups.get(entry.host, "unknown"),
            frozenset(request.id for request in visit.requests),
            self.t,
        )

    def not_drawn(self, visit: VisitView) -> int:
        """Return how many requests of a visit the waterfall leaves out."""
        return max(0, sum(not entry.own for entry in self._entries(visit)) - MAX_ROWS)

    def _entries(self, visit: VisitView) -> list[Entry]:
        return [entry for entry in self._summary.ledger.entries if entry.visit == visit.ordinal]

    def running_head(self) -> Markup:
        """Return the style of what stands at the head and foot of every printed page."""
        head = _css_string(f"Pantau · {self.t('report.kind')} · {self._summary.run_id}")
        page = _css_string(f"{self.t('print.page')} ")
        count = f"{page} counter(page) ' / ' counter(pages)"
        style = f"@page{{@top-left{{content:{head}}}@bottom-right{{content:{count}}}}}"
        return Markup(style)  # noqa: S704 - both strings are quoted for CSS

    def is_drawn(self, view: FindingView) -> bool:
        """Say whether a finding's box lies on a picture that the report shows."""
        visit = next(each for each in self._summary.visits if each.ordinal == view.finding.visit)
        pictures = [picture for page in visit.pages for picture in page.pictures]
        return any(
            self.tiles(visit, picture) is not None and view in _drawn(self._summary, visit, picture)
            for picture in pictures
        )

    def request_row(self, view: FindingView) -> int:
        """Return the row, from 1, of a finding's request among those of its stage."""
        visit = next(each for each in self._summary.visits if each.ordinal == view.finding.visit)
        return 1 + [request.id for request in visit.requests].index(view.request.id if view.request else "")

    def findings_of(self, visit: VisitView, request: RequestView) -> list[int]:
        """Return the numbers of the findings of a visit that rest on a request."""
        views = (self._findings[number] for number in visit.findings)
        return [view.number for view in views if view.request and view.request.id == request.id]

    def boxes(self, visit: VisitView, picture: PictureView) -> list[tuple[FindingView, CssBox, bool]]:
        """Return the findings on a picture: box in percent, and whether its number must stand below it."""
        return [
            (view, percent(box, picture), box.y < _LABEL_PX * max(1.0, picture.width / 560))
            for view in _drawn(self._summary, visit, picture)
            if (box := view.finding.locus.box)
        ]

    def hosts(self, visit: VisitView) -> list[tuple[str, list[HostView]]]:
        """Return the hosts of a visit by operator: the social medium's and unknown ones first."""
        groups: dict[str, list[HostView]] = {group: [] for group in GROUPS}
        for host in sorted(visit.hosts, key=lambda host: (host.operator.owner.casefold(), host.host)):
            groups[host.operator.operator].append(host)
        return [(group, members) for group, members in groups.items() if members]

    def findings_at(self, visit: VisitView, host: str) -> list[int]:
        """Return the numbers of the findings of a visit that rest on a request to a host."""
        views = (self._findings[number] for number in visit.findings)
        return [view.number for view in views if view.request and view.request.host == host]


def _css_string(text: str) -> str:
    """Return text as a CSS string in which only letters, digits and blanks stand as they are."""
    return (
        '"' + "".join(char if char.isalnum() or char == " " else f"\\{ord(char):06x}" for char in text) + '"'
    )
