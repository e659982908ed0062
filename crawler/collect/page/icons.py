"""The icons that a page declares: the one that the browser shows beside its title, and that of its manifest.

The browser asked for the first by itself, and its answer is kept; where Playwright hides that request, it is
asked again, once for each address of a run, and has it in its cache as a rule: what still goes out bears a
mark of its own in the network log and counts for no page. The second it fetches when it means to offer the
page for the home screen: it is told to do so once for each manifest of a run.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from importlib import resources
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote_to_bytes, urlsplit

from playwright.sync_api import Error as PlaywrightError

from crawler.collect.dom import manifest, snapshot
from crawler.collect.network.wire import is_picture
from crawler.collect.plain import storable
from crawler.errors import CollectorError
from crawler.lib.kept import keep_first
from crawler.model.evidence import Artifact, IconRecord

if TYPE_CHECKING:
    from crawler.collect.dom.document import Document
    from crawler.collect.target import Target

MAX_ICONS = 8
WAIT_STEPS, STEP_MS = 10, 100.0  # for an icon that was declared and is not there yet
MAX_URL_CHARS = 2_000
MAX_BYTES = 2**20
HIDDEN = "/favicon.ico"  # Playwright tells of no request whose address ends so
NOT_ASKED = "the browser did not ask for it"
NO_PICTURE = "the answer was no picture"
_ICON = re.compile(r"(^|\s)(shortcut\s+)?icon(\s|$)")
# Source: the smallest file that any browser decodes is a GIF of 26 bytes. Shorter ones declare "no icon".
MIN_BYTES = 26
BLOB_LIMIT_MS = 2_000
_KINDS = ((b"\x89PNG", "png"), (b"\x00\x00\x01\x00", "ico"), (b"\xff\xd8\xff", "jpg"), (b"GIF8", "gif"))


class Icons:
    """Keeps the pictures of a page's icons."""

    id = "icons"

    def collect(self, target: Target) -> tuple[Artifact, ...]:
        """Take `icon-01.png`, … and `icons.json`."""
        document = snapshot.read_documents(target).documents[0]
        taken: list[Artifact] = []
        records = [*_favicons(target, document, taken), *_manifest(target, document, taken)]
        return (*taken, target.keep_records("icons", "icons.json", records))


def _favicons(target: Target, document: Document, taken: list[Artifact]) -> list[IconRecord]:
    """Keep what the browser got of the declared icons; without any it asks for `/favicon.ico`."""
    declared = target.bounded("icons", "icons", keep_first(_declared(document), MAX_ICONS))
    known = target.connections.icons
    default = _default(document.url)
    for _ in range(WAIT_STEPS if declared else 0):
        if any(address in known or _is_inline(address) for address in declared):
            break
        target.page.wait_for_timeout(STEP_MS)
    for each in declared or [default]:
        if each.endswith(HIDDEN) and each not in known:
            target.connections.keep_icon(each, _loaded(target, each))
    records = [_kept(target, each, "favicon", _held(target, each), taken) for each in declared]
    if not declared and known.get(default):
        records.append(_kept(target, default, "favicon", known[default], taken))
    return records


def _held(target: Target, address: str) -> bytes | None:
    """Return the picture at an address: in itself, in the page's memory, or as the browser got it."""
    if address.lower().startswith("blob:"):
        return _blob(target, address)
    inline = _inline(address)
    return target.connections.icons.get(address) if inline is None else inline


def _blob(target: Target, address: str) -> bytes | None:
    """Return what lies at an address that leads into the page's own memory; None where it cannot be had."""
    script = resources.files(__package__).joinpath("blob.js").read_text(encoding="utf-8")
    limits = f"{json.dumps(address)}, {MAX_BYTES}, {BLOB_LIMIT_MS}"
    try:
        encoded = target.isolated(f"({script})({limits})")
    except (PlaywrightError, CollectorError):  # revoked, or forbidden by the page's own policy
        return None
    return b64decode(encoded) if isinstance(encoded, str) else None


def _loaded(target: Target, address: str) -> bytes:
    """Return what the browser has at the address of an icon; nothing where that is no picture."""
    frame = target.cdp.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    options = {"disableCache": False, "includeCredentials": True}
    asked = {"frameId": frame, "url": address, "options": options}
    answer = target.cdp.send("Network.loadNetworkResource", asked)["resource"]
    if not answer["success"]:
        return b""
    data, ended = b"", False
    while not ended and len(data) <= MAX_BYTES:
        part = target.cdp.send("IO.read", {"handle": answer["stream"], "size": MAX_BYTES})
        data += b64decode(part["data"]) if part.get("base64Encoded") else part["data"].encode()
        ended = part["eof"]
    target.cdp.send("IO.close", {"handle": answer["stream"]})
    kinds = [value for name, value in answer["headers"].items() if name.lower() == "content-type"]
    return data if is_picture(data, next(iter(kinds), "")) else b""


def _manifest(target: Target, document: Document, taken: list[Artifact]) -> list[IconRecord]:
    address = manifest.declared_by(document)
    answer = target.connections.manifests.get(address)
    if not address or (answer is not None and not manifest.values_of(answer)):
        return []
    icons = target.connections.manifest_icons
    if address not in icons:
        icons[address] = _primary(target)
    data, why = icons[address]
    return [_kept(target, address, "manifest", data, taken, why=why)] if data or why else []


def _primary(target: Target) -> tuple[bytes | None, str]:
    """Return the icon of the page's manifest as the browser draws it; why not, where it cannot be had."""
    try:
        answer = target.cdp.send("Page.getManifestIcons")
    except PlaywrightError as error:
        return None, error.message.splitlines()[0][:300]
    return (b64decode(answer["primaryIcon"]), "") if answer.get("primaryIcon") else (None, "")


def _kept(
    target: Target,
    address: str,
    role: Literal["favicon", "manifest"],
    data: bytes | None,
    taken: list[Artifact],
    *,
    why: str = NOT_ASKED,
) -> IconRecord:
    inline = _is_inline(address)
    shown = "data:" if inline else storable(target.redactor.url(address), MAX_URL_CHARS)
    if data is None or len(data) > MAX_BYTES:
        return IconRecord(address=shown, role=role, state="unseen", why=why if data is None else "too large")
    if len(data) < MIN_BYTES:
        return IconRecord(address=shown, role=role, state="none", why=NO_PICTURE)
    taken.append(target.keep("icon", f"icon-{len(taken) + 1:02d}.{_suffix(data)}", data))
    return IconRecord(address=shown, role=role, state="kept", path=taken[-1].path)


def _declared(document: Document) -> list[str]:
    found = [document.attributes(node) for node in document.elements("link")]
    links = [
        document.link(each["href"])
        for each in found
        if each.get("href") and _ICON.search(each.get("rel", "").lower())
    ]
    return list(dict.fromkeys(links))


def _is_inline(address: str) -> bool:
    return address[:5].lower() == "data:"


def _inline(address: str) -> bytes | None:
    """Return the picture that an address holds in itself: empty where that is none; none of any other."""
    if not _is_inline(address):
        return None
    head, _, data = address[5:].partition(",")
    raw = unquote_to_bytes(data)
    kind, *facts = (part.strip().lower() for part in head.split(";"))
    if "base64" in facts:
        try:
            raw = b64decode(raw + b"=" * (-len(raw) % 4), validate=False)
        except ValueError:
            return b""
    return raw if is_picture(raw, kind) else b""


def _default(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/favicon.ico"


def _suffix(data: bytes) -> str:
    if b"<svg" in data[:4_096].lower():
        return "svg"
    return next((suffix for start, suffix in _KINDS if data.startswith(start)), "bin")
