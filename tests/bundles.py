"""Builds small sealed bundles for tests, by the same writer and redactor that a crawl uses.

    bundle = make_bundle(
        tmp_path,
        visits=[a_visit("storefront", text=["TikTok Shop"]), a_visit("payment", reached=False)],
        requests=[a_request("https://pay.tokopedia.com/v2/payment", visit=1, method="POST", body="amount=1")],
    )

Visits are numbered from 1 in the order given. Everything has a plausible default: pass what the test is
about. The first page of a visit that was reached also says what a page of its stage says (`BEARS`); with
`bare=True` it says only what the test gives.
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from crawler.lib.clock import stamp
from crawler.lib.redact import Redactor
from crawler.model.evidence import (
    SCHEMA_VERSION,
    Address,
    Artifact,
    Body,
    CollectorFailure,
    FormField,
    FormRecord,
    FrameRecord,
    GuardStatement,
    Initiator,
    MediaNode,
    PageRecord,
    Refusal,
    Request,
    Response,
    RunRecord,
    ScenarioFile,
    StoredItem,
    TextNode,
    TextRecord,
    Tile,
    TileMap,
    TransportRecord,
    Trust,
    Visit,
)
from crawler.model.scenario import Stage
from crawler.store.bundle import Bundle
from crawler.store.layout import REFUSALS, REQUESTS, RESPONSES
from crawler.store.writer import BundleWriter

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

SHOP = "https://www.tokopedia.com/"
MOMENT = "2024-03-12T02:00:00.000Z"
RUN_ID = "20240312T020000Z-0000abcd"
# What makes a page one of its stage, and says nothing of who runs it or what it is called.
BEARS = {
    "storefront": ("Kopi Gayo", "Rp85.000", "+ Keranjang"),
    "search": ("Hasil pencarian", "Kopi Gayo", "Rp85.000"),
    "product": ("Kopi Gayo", "Rp85.000", "+ Keranjang", "Stok: 5"),
    "cart": ("Keranjang", "1 barang", "Ringkasan belanja", "Rp85.000", "Lanjut ke checkout"),
    "checkout": ("Checkout", "Alamat pengiriman", "Ringkasan belanja", "Total tagihan", "Rp94.000"),
    "payment": ("Pembayaran", "Total tagihan", "Rp94.000", "Bayar sekarang"),
    "invoice": ("Nomor pesanan: 91", "Pembeli", "Siti", "Total", "Rp94.000"),
    "info": ("Informasi", "Syarat", "Ketentuan", "Privasi"),
}
FIRST_BLOCK = 900_000  # of what `BEARS` adds: beyond the blocks that tests give

SCRIPT = b'"""Stands for the script that ran."""\n'


@dataclass(frozen=True)
class PageSpec:
    """What one page (tab or popup) of a visit left. `without` names artifacts that are not written."""

    url: str = SHOP
    title: str = "Shop | Tokopedia"
    text: tuple[TextNode | str, ...] = ()
    media: tuple[MediaNode, ...] = ()
    drawings: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    frames: tuple[FrameRecord, ...] = ()
    forms: tuple[FormRecord, ...] = ()
    storage: tuple[StoredItem, ...] = ()
    transport: tuple[TransportRecord, ...] = ()
    picture: Image.Image | None = None  # the whole page, scale applied; cut into tiles of `tile_px` rows
    tile_px: int = 4_000
    cell_px: tuple[int, int] | None = None  # width and height that each tile is cut into afterwards
    html: str = "<!doctype html><title>Shop</title>"
    says: tuple[str, ...] = ()
    scale: float = 1.0
    viewport_px: tuple[int, int] = (1_366, 768)
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class VisitSpec:
    """One visit: its stage kind, whether it was reached, its pages and failed collectors."""

    kind: Stage
    reached: bool = True
    reason: Any = None
    detail: str = ""
    pages: tuple[PageSpec, ...] = ()
    failures: tuple[CollectorFailure, ...] = ()
    stopped_at: Image.Image | None = None
    bare: bool = False
    at: float = 0.0  # seconds after `MOMENT`


@dataclass(frozen=True)
class RequestSpec:
    """One request with its answer. `body` is the plain body; it is redacted as at capture."""

    url: str
    visit: int = 1
    page: int = 1
    method: str = "GET"
    type: str = "fetch"
    headers: dict[str, str] = field(default_factory=dict)
    sent_headers: dict[str, str] = field(default_factory=dict)
    body: str | bytes | None = None
    content_type: str = "application/x-www-form-urlencoded"
    fields: tuple[str, ...] | None = None
    frame: str = SHOP
    initiator: Initiator = field(default_factory=lambda: Initiator(type="script"))
    state: Any = "sent"
    id: str | None = None
    redirected_from: str | None = None
    answered: bool = True
    contacted: bool = True
    status: int | None = 200
    response_headers: dict[str, str] = field(default_factory=dict)
    response_body: bytes | None = None
    address: str | None = "127.0.0.1"
    failure: str | None = None


def a_page(url: str = SHOP, **facts: Any) -> PageSpec:
    """Return a page; sequences may be given as lists."""
    return PageSpec(url=url, **{name: _frozen(value) for name, value in facts.items()})


def a_visit(kind: Stage | str, **facts: Any) -> VisitSpec:
    """Return a visit of one page. Names of `VisitSpec` fields go to the visit, all others to its page.

    A visit that is not reached has no page unless a page fact is given.
    """
    own = {name: _frozen(facts.pop(name)) for name in list(facts) if name in VisitSpec.__dataclass_fields__}
    reached = own.get("reached", True)
    if "pages" not in own and (reached or facts):
        own["pages"] = (a_page(**facts),)
    if not reached:
        own.setdefault("reason", "timeout")
    return VisitSpec(kind=Stage(kind), **own)


def a_request(url: str, **facts: Any) -> RequestSpec:
    """Return a request with its answer; see `RequestSpec`."""
    return RequestSpec(url=url, **{name: _frozen(value) for name, value in facts.items()})


def a_form(action: str, fields: Any, *, method: str = "post", frame: int = 0, target: str = "") -> FormRecord:
    """Return a form; a field is a name, or a `FormField`."""
    known = tuple(f if isinstance(f, FormField) else FormField(name=f, type="text") for f in fields)
    return FormRecord(frame=frame, action=action, method=method, target=target, fields=known)


def text_node(text: str, **facts: Any) -> TextNode:
    """Return a visible piece of text of the main frame."""
    values: dict[str, Any] = {"frame": 0, "block": 0, "channel": "text", "visible": True}
    return TextNode(text=text, **(values | facts))


def make_bundle(
    tmp_path: Path,
    visits: Any = (),
    requests: Any = (),
    *,
    refusals: Any = (),
    scenario_id: str = "test-shop",
    run_id: str = RUN_ID,
    as_of: date = date(2024, 3, 12),
    start_url: str = SHOP,
    stages: Any = None,
    key: bytes = b"a key for tests only",
    files: dict[str, bytes] | None = None,
    **run_facts: Any,
) -> Bundle:
    """Write and seal a bundle under `tmp_path/snapshots` and return it opened.

    Args:
        tmp_path: Folder of the test.
        visits: `a_visit(...)` in the order of their ordinals, from 1.
        requests: `a_request(...)`; ids are `r1`, `r2`, … unless given.
        refusals: `Refusal` records of the guard.
        scenario_id: Id of the scenario.
        run_id: Id of the run; vary it to make two bundles in one folder.
        as_of: The day the run is judged by.
        start_url: Where the scenario starts.
        stages: Declared stages; those of the visits unless given.
        key: Redaction key of the run.
        files: More files, by path inside the bundle.
        run_facts: Any other field of `RunRecord`, such as `status` or `device`.
    """
    writer = BundleWriter.create(tmp_path / "snapshots", scenario_id, run_id)
    redactor = Redactor(key)
    script = writer.add("data/scenario.py", SCRIPT, kind="scenario")
    records = tuple(_visit(writer, ordinal, spec) for ordinal, spec in enumerate(visits, 1))
    for number, spec in enumerate(requests, 1):
        _request(writer, redactor, spec, spec.id or f"r{number}")
    for refusal in refusals:
        writer.append(REFUSALS, refusal)
    for path, data in (files or {}).items():
        writer.add(path, data)
    declared = tuple(Stage(s) for s in stages) if stages else tuple(v.kind for v in records)
    scenario = ScenarioFile(
        id=scenario_id,
        title={"id": "Toko uji", "en": "Test shop"},
        sha256=script,
        start_url=start_url,
        stages=declared or (Stage.STOREFRONT,),
    )
    writer.seal(_run(scenario, records, tuple(refusals), {"run_id": run_id, "as_of": as_of} | run_facts))
    return Bundle(writer.root)


def _run(
    scenario: ScenarioFile,
    visits: tuple[Visit, ...],
    refusals: tuple[Refusal, ...],
    facts: dict[str, Any],
) -> RunRecord:
    values: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "origin": "crawl",
        "target": "www.tokopedia.com",
        "scenario": scenario,
        "device": "desktop",
        "simulated": False,
        "settings": {},
        "environment": None,
        "trust": Trust(),
        "status": "complete",
        "ended_by": "journey",
        "started": MOMENT,
        "ended": MOMENT,
        "guard": GuardStatement(enabled=True, known_orders_sent=0, words_sha256="0" * 64, refusals=refusals),
        "visits": visits,
    }
    return RunRecord(**(values | facts))


def _visit(writer: BundleWriter, ordinal: int, spec: VisitSpec) -> Visit:
    folder = f"data/stages/{ordinal:02d}-{spec.kind.value}"
    artifacts: list[Artifact] = []
    pages = []
    for number, page in enumerate(_spoken(spec), 1):
        artifacts += _page(writer, folder, ordinal, number, page)
        pages.append(
            PageRecord(
                page=number,
                url=page.url,
                title=page.title,
                opener=None if number == 1 else 1,
                viewport_px=page.viewport_px,
                scale=page.scale,
            )
        )
    if spec.stopped_at is not None:
        artifacts.append(
            _add(
                writer,
                f"{folder}/stopped-at.png",
                png(spec.stopped_at),
                kind="stopped-at",
                visit=ordinal,
                page=1,
            )
        )
    return Visit(
        ordinal=ordinal,
        kind=spec.kind,
        reached=spec.reached,
        reason=spec.reason,
        detail=spec.detail,
        urls=tuple(page.url for page in spec.pages),
        started=moment(spec.at),
        settled=moment(spec.at) if spec.reached else None,
        ended=moment(spec.at),
        pages=tuple(pages),
        artifacts=tuple(artifacts),
        failures=spec.failures,
    )


def _spoken(spec: VisitSpec) -> tuple[PageSpec, ...]:
    """Return the pages of a visit, the first saying what a page of its stage says."""
    if spec.bare or not spec.reached or not spec.pages:
        return spec.pages
    return (replace(spec.pages[0], says=BEARS.get(spec.kind.value, ())), *spec.pages[1:])


def _page(writer: BundleWriter, folder: str, visit: int, number: int, page: PageSpec) -> list[Artifact]:
    prefix = f"{folder}/" if number == 1 else f"{folder}/p{number}-"
    nodes = tuple(
        node if isinstance(node, TextNode) else text_node(node, block=index)
        for index, node in enumerate(page.text)
    )
    nodes += tuple(
        text_node(said, block=FIRST_BLOCK + index, element="h2" if not index else "p")
        for index, said in enumerate(page.says)
    )
    frames = page.frames or (FrameRecord(frame=0, parent=None, url=page.url, name=""),)
    urls = tuple(frame.url for frame in sorted(frames, key=lambda frame: frame.frame))
    text = TextRecord(frames=urls, nodes=nodes, media=page.media, drawings=page.drawings, unread=page.unread)
    files: list[tuple[Any, str, bytes]] = [
        ("text", "text.json", text.model_dump_json().encode()),
        ("frames", "frames.json", _json(frames)),
        ("forms", "forms.json", _json(page.forms)),
        ("storage", "storage.json", _json(page.storage)),
        ("transport", "transport.json", _json(page.transport)),
        ("html", "page.html", page.html.encode()),
    ]
    if page.picture is not None:
        files += _tiles(prefix, page, page.picture)
    return [
        _add(writer, prefix + name, data, kind=kind, visit=visit, page=number)
        for kind, name, data in files
        if kind not in page.without
    ]


def _tiles(prefix: str, page: PageSpec, picture: Image.Image) -> list[tuple[Any, str, bytes]]:
    files: list[tuple[Any, str, bytes]] = []
    tiles = []
    for index, top in enumerate(range(0, picture.height, page.tile_px), 1):
        bottom = min(top + page.tile_px, picture.height)
        across, down = page.cell_px or (picture.width, bottom - top)
        corners = [(x, y) for y in range(top, bottom, down) for x in range(0, picture.width, across)]
        for x, y in corners:
            clip = picture.crop((x, y, min(x + across, picture.width), min(y + down, bottom)))
            data, name = png(clip), f"fullpage-{len(files) + 1:03d}.png"
            tiles.append(
                Tile(
                    path=prefix + name,
                    box=tuple(px / page.scale for px in (x, y, clip.width, clip.height)),
                    width_px=clip.width,
                    height_px=clip.height,
                    sha256=hashlib.sha256(data).hexdigest(),
                    picture=index if page.cell_px else None,
                )
            )
            files.append(("fullpage", name, data))
    record = TileMap(
        page_width=picture.width / page.scale,
        page_height=picture.height / page.scale,
        scale=page.scale,
        tiles=tuple(tiles),
        truncated=False,
        scroll_pass={},
    )
    screen = png(picture.crop((0, 0, picture.width, min(picture.height, page.viewport_px[1]))))
    return [
        *files,
        ("viewport", "viewport.png", screen),
        ("tiles", "tiles.json", record.model_dump_json().encode()),
    ]


def _request(writer: BundleWriter, redactor: Redactor, spec: RequestSpec, request_id: str) -> None:
    url = redactor.url(spec.url)
    headers = dict(spec.headers)
    names: tuple[str, ...] = ()
    body = Body(state="none")
    if spec.body is not None:
        raw = spec.body.encode() if isinstance(spec.body, str) else spec.body
        headers.setdefault("content-type", spec.content_type)
        kept, names = redactor.body(raw, headers["content-type"])
        body = Body(state="stored", bytes=len(raw), sha256_stored=writer.add_blob(kept))
    record = Request(
        id=request_id,
        time=MOMENT,
        visit=spec.visit,
        page=spec.page,
        frame=spec.frame,
        initiator=spec.initiator,
        method=spec.method,
        url=url,
        type=spec.type,
        headers=redactor.headers(headers),
        body=body,
        fields=names if spec.fields is None else spec.fields,
        redirected_from=spec.redirected_from,
        seen_by=("context",),
        state=spec.state,
    )
    writer.append(REQUESTS, record)
    if spec.answered and spec.state == "sent":
        writer.append(RESPONSES, _response(writer, redactor, spec, request_id))


def _response(writer: BundleWriter, redactor: Redactor, spec: RequestSpec, request_id: str) -> Response:
    body = Body(state="none")
    if spec.response_body is not None:
        body = Body(
            state="stored",
            bytes=len(spec.response_body),
            sha256_stored=writer.add_blob(spec.response_body),
        )
    return Response(
        id=request_id,
        time=MOMENT,
        contacted=spec.contacted,
        status=spec.status if spec.contacted else None,
        headers=redactor.headers(spec.response_headers),
        sent_headers=redactor.headers(spec.sent_headers),
        body=body,
        address=Address(ip=spec.address, port=443) if spec.address and spec.contacted else None,
        failure=spec.failure,
    )


def moment(after_s: float) -> str:
    """Return a time, in seconds after `MOMENT`."""
    return stamp(datetime.fromisoformat(MOMENT) + timedelta(seconds=after_s))


def png(picture: Image.Image) -> bytes:
    """Return a picture as PNG."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def _add(writer: BundleWriter, path: str, data: bytes, *, kind: Any, visit: int, page: int) -> Artifact:
    digest = writer.add(path, data, kind=kind, visit=visit, page=page)
    return Artifact(kind=kind, path=path, page=page, sha256=digest, bytes=len(data))


def _json(records: Any) -> bytes:
    return json.dumps([record.model_dump(mode="json") for record in records]).encode()


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
