"""The nouns of a bundle: run, visit, artifact, request, response, refusal, text, frame, form.

All times are UTC, ISO 8601 with milliseconds and `Z`. Boxes are `(x, y, w, h)` in CSS px of the document of
the visit's page (frames already offset to it), whatever the scroll position was.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel

from crawler.model.scenario import Stage

SCHEMA_VERSION = 1

EVERY_COLLECTOR = "all"  # stands for the collectors of a page that could not be looked at

# Rules of the guard by which a request is kept back because nobody knows what it does: such a request is
# listed and accuses nobody.
UNKNOWN_CHANGE = "unknown-change"
UNKNOWN_READ = "unknown-commit-by-reading"
UNKNOWN_RULES = (UNKNOWN_CHANGE, UNKNOWN_READ, "unreadable-body", "unnamed-operation", "unjudged")

Box = tuple[float, float, float, float]
YEARS = range(2000, 2100)  # a time outside is damage, and drawings and tables would break on it


def _a_moment(text: str) -> str:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or moment.year not in YEARS:
        raise ValueError("no time of a run")
    return text


Moment = Annotated[str, AfterValidator(_a_moment)]


class Record(BaseModel):
    """Base of all stored records: frozen, and strict about its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# --- what a visit leaves -------------------------------------------------------------------------------


ArtifactKind = Literal[
    "viewport",
    "fullpage",
    "tiles",
    "text",
    "html",
    "frames",
    "forms",
    "storage",
    "transport",
    "stopped-at",
    "download",
    "downloads",
    "icon",
    "icons",
    "unsettled",
]


class Artifact(Record):
    """One file taken at a visit. `page` counts pages of the visit from 1; popups are 2, 3, ….

    `unsettled` was taken while the page changed, so it belongs to no one moment: it is kept, and was taken
    again or is told as missing.
    """

    kind: ArtifactKind
    path: str
    page: int
    sha256: str
    bytes: int


class CollectorFailure(Record):
    """A collector that could not look, and why. It stands where its artifact would have stood."""

    collector: str
    page: int
    error: str
    message: str


class PageRecord(Record):
    """One document that a tab or popup showed at a visit; `status` is that of its answer, if there was one.

    `follows` is the page that the same tab showed before it. `addresses` are other addresses that the same
    document gave itself later at the visit (`pushState`, a fragment).
    """

    page: int
    url: str
    follows: int | None = None
    addresses: tuple[str, ...] = ()
    title: str
    opener: int | None = None
    status: int | None = None
    viewport_px: tuple[int, int]
    scale: float


Reason = Literal[
    "not opened",
    "timeout",
    "navigation",
    "guard",
    "element missing",
    "error page",
    "challenge",
    "login wall",
    "queue",
    "maintenance",
    "provider block",
    "restricted",
    "empty page",
    "download",
    "page closed",
    "driver died",
    "page crashed",
    "browser crashed",
    "script error",
    "no invoice named",
    "no payment page named",
    "interrupted",
    "deadline",
    "memory",
    "capture failed",
]


class Visit(Record):
    """One stage the journey went through, or meant to. `reached` is true only if its body ran through."""

    ordinal: int
    kind: Stage
    reached: bool
    reason: Reason | None = None
    detail: str = ""
    urls: tuple[str, ...] = ()
    started: Moment | None = None
    settled: str | None = None
    ended: Moment | None = None
    settle: dict[str, Any] = Field(default_factory=dict)
    pages: tuple[PageRecord, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    failures: tuple[CollectorFailure, ...] = ()

    @property
    def page_numbers(self) -> tuple[int, ...]:
        """The numbers of the pages that were there, captured or not; 1 where none is on record.

        They need not begin with 1: the page before may have been closed, and its number is not given again.
        """
        failed = (failure.page for failure in self.failures if failure.collector == EVERY_COLLECTOR)
        return tuple(sorted({*(page.page for page in self.pages), *failed})) or (1,)

    @property
    def folder(self) -> str:
        """Folder of this visit inside a bundle, such as `data/stages/03-cart`."""
        return f"data/stages/{self.ordinal:02d}-{self.kind.value}"


# --- artifacts in JSON ---------------------------------------------------------------------------------


class Tile(Record):
    """One clip of a full-page picture: its box in CSS px and its size in image px."""

    path: str
    box: Box
    width_px: int
    height_px: int
    sha256: str


class TileMap(Record):
    """How the tiles of a full-page picture lie on the page. `truncated` says that the page went on.

    `unsteady` says that text and pictures could not be had of one moment: the page kept moving.
    """

    page_width: float
    page_height: float
    scale: float
    tiles: tuple[Tile, ...]
    truncated: bool
    unsteady: bool = False
    scroll_pass: dict[str, Any]


Channel = Literal[
    "text",
    "pseudo",
    "title",
    "alt",
    "title-attribute",
    "aria",
    "placeholder",
    "value",
    "meta",
    "manifest",
    "noscript",
    # not in text.json, but read from what is kept beside it:
    "json-ld",
    "template",
    "address",
    "class",
    "download",
    "fetched",
    "icon",
]


Trait = Literal["bidi", "mirrored", "tight", "faint"]


class TextNode(Record):
    """One piece of text as the page holds it, untrimmed.

    Nodes with the same `block` and `channel` are one run of text, in document order, so that a word that is
    split over inline elements can be put together again. `visible` says that it was laid out with a box, not
    transparent and not hidden by style. `boxes` is empty for text without a box.

    `font` is the family of a font that the page brought, and `traits` say how else what is drawn may differ
    from the letters: the direction is overridden, a mirror turns it round, letters lie on each other, or have
    the colour of their ground. Older bundles have neither.
    """

    frame: int
    block: int
    channel: Channel
    text: str
    visible: bool
    boxes: tuple[Box, ...] = ()
    element: str = ""
    shadow: Literal["", "open", "closed"] = ""
    href: str = ""
    font: str = ""
    traits: tuple[Trait, ...] = ()


class MediaNode(Record):
    """An element whose pixels no page text explains: image, canvas, SVG, video, CSS background, filled field.

    A `mask` shows its colour in the shape of a picture; a `glyph` is a sign that only its font gives a
    meaning, as icon fonts have them.

    `href` is where the link leads that it stands in, `drawing` says which of the page's drawings it shows,
    and `path` is a short path to the element, for people; older bundles have none.
    """

    frame: int
    element: Literal[
        "img", "canvas", "svg", "video", "background", "mask", "glyph", "input", "object", "embed"
    ]
    box: Box
    path: str = ""
    src: str = ""
    alt: str = ""
    href: str = ""
    drawing: int | None = None


class TextRecord(Record):
    """Content of `text.json`. `frames` maps frame number to its URL; frame 0 is the main frame.

    `unread` names frames that were there and could not be read: what they say is not known. `drawings` are
    the geometry of vector drawings, each as a small SVG of its own.
    """

    frames: tuple[str, ...]
    nodes: tuple[TextNode, ...]
    media: tuple[MediaNode, ...]
    drawings: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    truncated: bool = False


class FrameRecord(Record):
    """One frame of a page. `box` is the content box on the page, none for the main or a hidden frame."""

    frame: int
    parent: int | None
    url: str
    name: str
    box: Box | None = None
    allow: str = ""
    sandbox: str | None = None


class FormField(Record):
    """A field of a form: never its value."""

    name: str
    type: str
    autocomplete: str = ""
    label: str = ""


class FormRecord(Record):
    """A form, or the loose fields of a frame (`action` empty)."""

    frame: int
    action: str
    method: str
    target: str = ""
    fields: tuple[FormField, ...]
    buttons: tuple[str, ...] = ()


class Frames(RootModel[tuple[FrameRecord, ...]]):
    """Content of `frames.json`."""


class Forms(RootModel[tuple[FormRecord, ...]]):
    """Content of `forms.json`."""


class StoredItem(Record):
    """A cookie or a storage entry; the value is a keyed hash that shows equality within a run only."""

    area: Literal["cookie", "localStorage", "sessionStorage", "indexedDB", "cacheStorage"]
    origin: str
    name: str
    value_hash: str | None = None
    attributes: dict[str, Any] = Field(default_factory=dict)


class TransportRecord(Record):
    """Which server answered for an origin, over the browser's own connection."""

    host: str
    address: str | None
    port: int | None
    protocol: str | None
    issuer: str | None
    subject: str | None
    valid_from: str | None
    valid_to: str | None


class IconRecord(Record):
    """One entry of `icons.json`: an icon that a page declares, and the file of its picture in the bundle.

    `role` is `favicon` for the one beside the title and `manifest` for the one that the browser makes of a
    manifest, whose address is then `address`. `none` was answered without a picture; what is `unseen` has a
    reason in `why`: of several icons the browser asks for one.
    """

    address: str
    role: Literal["favicon", "manifest"]
    state: Literal["kept", "none", "unseen"]
    path: str = ""
    why: str = ""


class DownloadRecord(Record):
    """One entry of `downloads.json`: a file that was offered at a visit, and the one in the bundle.

    `path` is empty where it was not kept; `state` and `why` say for what reason. `name` is the one that the
    server gave; the file in the bundle has one of our own.
    """

    url: str
    name: str
    state: Literal["kept", "too large", "too many", "unfinished", "cancelled", "unreadable"]
    bytes: int
    path: str = ""
    why: str = ""


class NameRecord(Record):
    """One entry of `data/names.json`: what the machine's resolver said of a host after the journey.

    `aliases` is the chain of names behind it (CNAME), `error` the kind of error where there was no answer.
    """

    host: str
    time: str
    aliases: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    error: str = ""


class Names(RootModel[tuple[NameRecord, ...]]):
    """Content of `data/names.json`."""


# --- the wire ------------------------------------------------------------------------------------------


class Body(Record):
    """A body as it is kept: `sha256_stored` is of the blob, `sha256_wire` of the wire bytes.

    `sha256_wire` is none where a secret was replaced in the body, since a short one could be guessed from it.
    """

    state: Literal["none", "stored", "truncated", "gone", "not kept"]
    bytes: int | None = Field(default=None, ge=0, le=2**53)
    sha256_wire: str | None = None
    sha256_stored: str | None = None
    why: str = ""


class Initiator(Record):
    """What made the browser send a request, as far as it says."""

    type: str
    url: str = ""


class Request(Record):
    """One line of `data/requests.jsonl`, written when the request is seen.

    `state` is `sent` when the browser let it go, `refused` when the guard stopped it, by the rule named in
    `refused_by`. Secret values in the URL, the headers and the body are keyed hashes of the form
    `h:<16 hex digits>`.
    """

    id: str
    time: Moment
    visit: int
    page: int
    frame: str
    initiator: Initiator
    method: str
    url: str
    type: str
    headers: dict[str, str]
    body: Body
    fields: tuple[str, ...] = ()
    redirected_from: str | None = None
    from_worker: bool = False
    seen_by: tuple[str, ...]
    state: Literal["sent", "blocked", "refused"]
    refused_by: str = ""

    @property
    def intended(self) -> bool:
        """Say whether it was refused as an order: where it wanted to go is an intended destination."""
        return self.state == "refused" and self.refused_by not in UNKNOWN_RULES


class Address(Record):
    """Address and port of the server on the browser's own connection."""

    ip: str
    port: int = Field(ge=0, le=65_535)


class Response(Record):
    """One line of `data/responses.jsonl`: how the request with the same id ended. No line: it had not ended.

    `contacted` is true only where a server answered or connection facts exist; browsers also report requests
    that never left. `sent_headers` are the request's own as they went over the wire, cookies included: the
    request line was written before they were known.
    """

    id: str
    time: Moment
    contacted: bool
    status: int | None = Field(default=None, ge=0, le=999)
    headers: dict[str, str] = Field(default_factory=dict)
    sent_headers: dict[str, str] = Field(default_factory=dict)
    body: Body
    address: Address | None = None
    tls: dict[str, Any] | None = None
    from_cache: bool = False
    from_service_worker: bool = False
    failure: str | None = None


class Refusal(Record):
    """Something the guard stopped: a click or submit in the page, or a request at the browser.

    `allow` is the scenario's line that would let a request of an unknown kind leave.
    """

    time: str
    visit: int
    what: Literal["click", "submit", "request"]
    page_url: str
    control: str = ""
    word: str = ""
    rule: str = ""
    request: str | None = None
    method: str = ""
    url: str = ""
    fields: tuple[str, ...] = ()
    operation: str = ""
    allow: str = ""

    @property
    def intended(self) -> bool:
        """Say whether an order was stopped, by a commit word or a rule for orders."""
        return self.rule not in UNKNOWN_RULES


class Allowance(Record):
    """What a scenario named with `journey.allow`: one kind of request that does not order, and why.

    `path` is the request's own; `{id}` in it stands for one segment that is a number or a random name.
    """

    method: str
    host: str
    path: str
    operation: str
    why: str


class Change(Record):
    """One line of `data/changes.jsonl`: a request that changes state and went out, and why it was let go.

    `phase` is false before the first page of cart, checkout or payment. `why` is `advance` (of the shop
    system in `said`), `telemetry`, `allowed` (by the scenario, for the reason in `said`), `same` (as one
    before) or `before` (the phase had not begun). A message over a WebSocket has the method WEBSOCKET.
    """

    time: str
    visit: int
    method: str
    host: str
    path: str
    operation: str
    phase: bool
    why: Literal["advance", "telemetry", "allowed", "same", "before"]
    said: str = ""


# --- the run -------------------------------------------------------------------------------------------


class Environment(Record):
    """The machine and tools that made the bundle."""

    tool: str
    commit: str | None
    python: str
    os: str
    browser: str
    browser_path: str
    playwright: str
    user_agent: str
    viewport_px: tuple[int, int]
    scale: float
    touch: bool
    locale: str
    timezone: str
    browser_args: tuple[str, ...]
    fonts_sha256: str | None
    font_count: int | None
    ocr: str | None
    ocr_languages: tuple[str, ...] = ()
    proxy: str | None = None
    public_address: str | None = None
    clock_offset_s: float | None = None


class Trust(Record):
    """What was loosened for this run."""

    extra_ca_sha256: str | None = None
    sandbox: bool = True
    resolve: tuple[str, ...] = ()


class ChangeCount(Record):
    """How many requests of one kind changed state and went out, from when on, and why they were let go."""

    count: int
    first: str
    visits: tuple[int, ...]
    method: str
    host: str
    path: str
    operation: str
    phase: bool
    why: Literal["advance", "telemetry", "allowed", "same", "before"]
    said: str = ""


class GuardStatement(Record):
    """What the guard did. `enabled` is false if the browser died before it stood; then nothing was opened.

    `phase` says why it began to fail closed, empty if it did not. `changes` counts by kind the requests that
    changed state and went out; `known_orders_sent` counts recorded ones that were sent though they match the
    rules for orders, and is none in bundles from before it. `orders_placed` stands in those alone and says
    less than its name: an order that no rule knew was not counted.
    """

    enabled: bool
    words_sha256: str
    phase: str = ""
    refusals: tuple[Refusal, ...] = ()
    changes: tuple[ChangeCount, ...] = ()
    known_orders_sent: int | None = None
    allowances: tuple[Allowance, ...] = ()
    limits: tuple[str, ...] = ()
    orders_placed: int | None = None


class ScenarioFile(Record):
    """The script that ran. Its text is `data/scenario.py`."""

    id: str
    title: dict[str, str]
    sha256: str
    start_url: str
    stages: tuple[Stage, ...]


EndedBy = Literal[
    "journey",
    "deadline",
    "memory",
    "interrupt",
    "browser crashed",
    "script error",
    "capture failed",
    "driver died",
]


class RunRecord(Record):
    """Content of `data/run.json`."""

    schema_version: int
    run_id: str
    origin: Literal["crawl", "import", "assisted"]
    target: str
    scenario: ScenarioFile
    device: str
    session_kind: Literal["guest", "login"] = "guest"
    twin_of: str | None = None
    repeat_of: str | None = None
    previous: str | None = None
    as_of: date
    simulated: bool
    case: dict[str, str] | None = None
    settings: dict[str, Any]
    environment: Environment | None
    trust: Trust
    status: Literal["complete", "incomplete"]
    ended_by: EndedBy
    detail: str = ""
    started: Moment
    ended: Moment
    guard: GuardStatement | None
    visits: tuple[Visit, ...]
    failures: tuple[CollectorFailure, ...] = ()
    dropped_lines: int = 0
