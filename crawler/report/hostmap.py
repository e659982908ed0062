"""The host map: which stage spoke with which host, and who runs it, as a drawing inside the report.

Three columns, read from left to right. Hosts stand together by operator; what does not fit is summed per
operator, never dropped. The table of hosts at every stage says the same in words.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import drawsvg as draw
from markupsafe import Markup

from crawler.report.visible import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.lib.i18n import Translator
    from crawler.report.views import Summary, VisitView

GROUPS = (
    "tiktok_bytedance",
    "unknown",
    "split",
    "payment_id",
    "comparator",
    "third_party",
    "tokopedia_goto",
)
MAX_HOSTS = 24
COLOURS = {
    "tiktok_bytedance": "#9d1c1c",
    "unknown": "#b07908",
    "split": "#b8561a",
    "payment_id": "#3f5f9e",
    "comparator": "#6c4a8c",
    "third_party": "#6b7684",
    "tokopedia_goto": "#17663a",
}
INK, PAPER, QUIET = "#1a2230", "#ffffff", "#56616f"
SANS = "'Source Sans 3','Segoe UI','Noto Sans','Liberation Sans',Arial,sans-serif"
MONO = "ui-monospace,'Cascadia Mono','Liberation Mono',Menlo,Consolas,monospace"
# px of the drawing
_WIDTH, _ROW, _GAP = 940, 22, 12
_STAGE, _STAGE_HIGH = (0, 172), 30
_HOST = (330, 608)
_BAR = 650
_LABEL_CHARS = 36
_OPERATOR_CHARS = 42


@dataclass
class _Node:
    """A host of the drawing, or the rest of an operator's hosts, with their names.

    `traffic` counts contacts by visit: requests, and a connection without any as one. `requests` counts the
    former.
    """

    host: str
    group: str
    members: int = 1
    traffic: dict[int, int] = field(default_factory=dict)
    requests: int = 0
    findings: int = 0
    y: float = 0.0
    names: list[str] = field(default_factory=list)

    def add(self, other: _Node) -> None:
        self.members += other.members
        self.requests += other.requests
        self.names.append(other.host)
        for visit, count in other.traffic.items():
            self.traffic[visit] = self.traffic.get(visit, 0) + count


class _Link(draw.DrawingParentElement):  # type: ignore[misc]  # drawsvg - the library has no types
    """A link inside the drawing."""

    TAG_NAME = "a"


def host_map(summary: Summary, t: Translator) -> Markup | None:
    """Return the drawing as SVG, or None where no host was asked."""
    nodes = _bounded(_nodes(summary))
    if not nodes:
        return None
    height = _set_heights(nodes, len(summary.visits))
    drawing = draw.Drawing(_WIDTH, height, font_family=SANS, font_size=12.5, id_prefix="map")
    tops = _stage_tops(summary.visits, height)
    _draw_links(drawing, nodes, tops)
    _draw_stages(drawing, summary.visits, tops, t)
    _draw_hosts(drawing, nodes, t)
    _draw_operators(drawing, nodes, t)
    text = drawing.as_svg(header="", skip_js=True, skip_css=True)
    return Markup(text)  # noqa: S704 - the library escapes every text, and attributes hold numbers and own words


# --- what is drawn -------------------------------------------------------------------------------------


def _nodes(summary: Summary) -> list[_Node]:
    nodes: dict[str, _Node] = {}
    for visit in summary.visits:
        for host in visit.hosts:
            node = nodes.setdefault(host.host, _Node(host.host, host.operator.operator))
            node.traffic[visit.ordinal] = node.traffic.get(visit.ordinal, 0) + (host.requests or 1)
            node.requests += host.requests
    for view in summary.findings:
        if view.request and view.finding.status == "open" and view.request.host in nodes:
            nodes[view.request.host].findings += 1
    return list(nodes.values())


def _bounded(nodes: list[_Node]) -> list[_Node]:
    """Keep the hosts that matter most, sum up the rest per operator, and order them for the column."""

    def weight(node: _Node) -> tuple[bool, int, int, str]:
        return (not node.findings, GROUPS.index(node.group), -sum(node.traffic.values()), node.host)

    ranked = sorted(nodes, key=weight)
    kept = ranked[:MAX_HOSTS]
    rest: dict[str, _Node] = {}
    for node in ranked[MAX_HOSTS:]:
        rest.setdefault(node.group, _Node("", node.group, members=0)).add(node)
    return sorted(
        [*kept, *rest.values()], key=lambda node: (GROUPS.index(node.group), not node.host, *weight(node))
    )


def _set_heights(nodes: Sequence[_Node], visits: int) -> float:
    """Give every host its height in the column and return the height of the drawing.

    An operator with one host gets two rows, the room that its label needs.
    """
    y, last = 0.0, nodes[0].group
    sizes = {group: sum(node.group == group for node in nodes) for group in GROUPS}
    for node in nodes:
        y += _GAP if node.group != last else 0
        node.y = y + (_ROW if sizes[node.group] == 1 else _ROW / 2)
        y += 2 * _ROW if sizes[node.group] == 1 else _ROW
        last = node.group
    return max(y, visits * (_STAGE_HIGH + 6.0))


def _stage_tops(visits: Sequence[VisitView], height: float) -> dict[int, float]:
    step = height / len(visits)
    return {visit.ordinal: index * step + (step - _STAGE_HIGH) / 2 for index, visit in enumerate(visits)}


# --- how it is drawn -----------------------------------------------------------------------------------


def _draw_links(drawing: draw.Drawing, nodes: Sequence[_Node], tops: dict[int, float]) -> None:
    for node in sorted(nodes, key=lambda node: node.findings):
        strong = bool(node.findings)
        colour = {"stroke": COLOURS[node.group], "stroke_opacity": 0.75 if strong else 0.28, "fill": "none"}
        for visit, count in node.traffic.items():
            path = draw.Path(stroke_width=round(1 + math.log2(1 + count) * 0.6, 1), **colour)
            _curve(path, _STAGE[1], tops[visit] + _STAGE_HIGH / 2, _HOST[0], node.y)
            drawing.append(path)
        path = draw.Path(stroke_width=2.5 if strong else 1.5, **colour)
        drawing.append(path.M(_HOST[1], node.y).L(_BAR, node.y))


def _curve(path: draw.Path, x1: float, y1: float, x2: float, y2: float) -> None:
    middle = (x1 + x2) / 2
    path.M(x1, round(y1, 1)).C(middle, round(y1, 1), middle, round(y2, 1), x2, round(y2, 1))


def _draw_stages(
    drawing: draw.Drawing, visits: Sequence[VisitView], tops: dict[int, float], t: Translator
) -> None:
    for visit in visits:
        top = round(tops[visit.ordinal], 1)
        link = _Link(href=f"#visit-{visit.ordinal}")
        look = {"fill": PAPER, "stroke": INK} if visit.reached else {"fill": "#eef1f4", "stroke": "#8c97a5"}
        dashes = {} if visit.reached else {"stroke_dasharray": "4 3"}
        width = _STAGE[1] - _STAGE[0] - 1
        link.append(draw.Rectangle(_STAGE[0] + 0.5, top, width, _STAGE_HIGH, rx=3, **look, **dashes))
        label = f"{visit.ordinal}. {t(f'stage.{visit.kind.value}')}"
        link.append(draw.Text(label, 12.5, _STAGE[0] + 9, top + _STAGE_HIGH / 2 + 4.5, fill=INK))
        drawing.append(link)


def _draw_hosts(drawing: draw.Drawing, nodes: Sequence[_Node], t: Translator) -> None:
    for node in nodes:
        colour = COLOURS[node.group]
        width = _HOST[1] - _HOST[0]
        look = {"fill": colour if node.findings else PAPER, "stroke": colour}
        link = _Link(href=f"#hosts-{min(node.traffic)}")
        box = draw.Rectangle(_HOST[0], round(node.y - _ROW / 2 + 2, 1), width, _ROW - 4, rx=2, **look)
        box.append_title(_title(node, t))
        link.append(box)
        ink = PAPER if node.findings else INK
        label = plain(node.host, _LABEL_CHARS) if node.host else t("map.rest", n=node.members)
        font = {"font_family": MONO} if node.host else {"font_style": "italic"}
        link.append(draw.Text(label, 11.5, _HOST[0] + 7, round(node.y + 4, 1), fill=ink, **font))
        drawing.append(link)


def _title(node: _Node, t: Translator) -> str:
    """Return what a box says when it is pointed at; the rest of an operator's hosts are named here."""
    count = node.requests
    if node.host:
        return f"{plain(node.host, 253)}: {count}"
    return f"{t('map.rest', n=node.members)}: {count}\n" + "\n".join(plain(name, 253) for name in node.names)


def _draw_operators(drawing: draw.Drawing, nodes: Sequence[_Node], t: Translator) -> None:
    for group in GROUPS:
        members = [node for node in nodes if node.group == group]
        if not members:
            continue
        single = _ROW if len(members) == 1 else _ROW / 2
        top, bottom = members[0].y - single + 2, members[-1].y + single - 2
        drawing.append(
            draw.Rectangle(_BAR, round(top, 1), 9, round(bottom - top, 1), rx=2, fill=COLOURS[group])
        )
        middle = round((top + bottom) / 2, 1)
        bold = {"font_weight": 650, "fill": COLOURS[group]}
        drawing.append(
            draw.Text(plain(t(f"group.{group}"), _OPERATOR_CHARS), 12.5, _BAR + 18, middle - 2, **bold)
        )
        counts = t(
            "map.counts",
            hosts=sum(node.members for node in members),
            requests=sum(node.requests for node in members),
        )
        drawing.append(draw.Text(counts, 11.5, _BAR + 18, middle + 13, fill=QUIET))
