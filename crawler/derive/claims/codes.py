"""Codes that a payment page shows to be scanned, found by pixels, by name, or by what the page asks.

The kept pictures are looked at by OpenCV's QR detector, a bounded number of places a page. What a code says
counts where it can be read; a code that cannot be read counts by the host its picture came from. One that the
page draws itself and nobody can read names no address: that is said. Turned codes, codes that are in colours
alone, and other kinds of codes (bars) are not read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from crawler.derive.claims import qris, signals
from crawler.derive.claims.claim import DeclaredAt, Marks, declared
from crawler.derive.network.request_parts import destination, take_apart, tokens
from crawler.derive.pictures.tiles import Tiles
from crawler.errors import BadPicture
from crawler.lib import words
from crawler.lib.hosts import host_of
from crawler.lib.lazy import LazyPackage
from crawler.model.evidence import CssBox

if TYPE_CHECKING:
    from collections.abc import Iterator

    import cv2
    import numpy as np

    from crawler.derive.claims.claim import Claim
    from crawler.derive.claims.pay_page import PayPage
    from crawler.derive.claims.signals import Signal
    from crawler.model.evidence import MediaNode, Request
else:
    cv2 = LazyPackage("cv2")
    np = LazyPackage("numpy")

MAX_PLACES = 24  # looked at on one page
MAX_SIDE_PX = 1_600  # of a place that is looked at
MARGIN = 0.08  # of a side: the quiet zone may lie outside the picture
UNREADABLE = "unreadable"
_DRAWN = ("canvas", "svg")


class _Code(NamedTuple):
    medium: MediaNode
    why: Signal
    said: str


def code_claims(page: PayPage) -> Iterator[Claim]:
    """Yield a claim for each code that a payment page shows."""
    record = page.text
    if record is None or not page.paying:
        return
    asks = _asks(page)
    places = [each for each in record.media if _is_square(each.box)]
    places.sort(key=lambda each: (not _is_named_code(each), -each.box.area))
    tiles = _tiles(page)
    codes = [code for each in places[:MAX_PLACES] if (code := _code(each, tiles, asks=asks))]
    if not codes and asks:
        codes = [
            _Code(each, ("asks-to-scan", each.element), UNREADABLE)
            for each in places
            if min(each.box.w, each.box.h) >= _least("large_px")
            and not _is_logo(each)
            and not each.alt.strip()
        ][:1]
    if tiles:
        tiles.close()
    told: set[tuple[str, str]] = set()
    for code in codes:
        claim = _claim(page, code)
        if claim and (claim.host, claim.url) not in told:
            told.add((claim.host, claim.url))
            yield claim


def code_claims_of_requests(page: PayPage, requests: list[Request]) -> Iterator[Claim]:
    """Yield claims for pictures of codes that were fetched and that the captured page does not show."""
    shown = {medium.src for medium in (page.text.media if page.text else ())}
    told: set[str] = set()
    for request in requests:
        host = host_of(request.url)
        if request.type != "image" or not host or request.url in shown or host in told:
            continue
        if not _by_name(tokens(request.url.partition("?")[0])) or _has_logo(request.url):
            continue
        told.add(host)
        operator = page.operators.operator_of(host, url=request.url)
        seen = DeclaredAt("picture", request.visit, request.page, request=request.id)
        marks = Marks("payment", (("code-picture", "by name"),))
        yield declared(seen, marks, take_apart(request.url), operator)


def _code(medium: MediaNode, tiles: Tiles | None, *, asks: bool) -> _Code | None:
    """Return the code that a place shows, by its pixels or its name; None where it shows none."""
    found, said = _read_code(tiles, medium.box) if tiles else (False, "")
    if said:
        return _Code(medium, ("code", "read"), said)
    if found and (asks or _is_named_code(medium)):
        return _Code(medium, ("code", "seen"), UNREADABLE)
    if _is_named_code(medium) and not _is_logo(medium):
        return _Code(medium, ("code-picture", "by name"), UNREADABLE)
    system = _tokens(medium) & set(_words("system"))
    large = min(medium.box.w, medium.box.h) >= _least("large_px")
    if asks and system and large and not _is_logo(medium):
        return _Code(medium, ("code-picture", "by name"), UNREADABLE)
    return None


def _claim(page: PayPage, code: _Code) -> Claim | None:
    """Return the claim of a code: for a QRIS code the host that shows it, for a link the host it leads to."""
    source = code.medium.src if host_of(code.medium.src) else ""
    url = source or page.address(code.medium.frame)
    strong: tuple[Signal, ...] = (code.why,)
    how = ""
    if read := qris.find_code(code.said):
        strong = (*strong, ("qris-picture", ", ".join(read.domains) or qris.NATIONAL))
    elif code.said != UNREADABLE:
        return _link(page, code.said)
    elif not source:
        how = "drawn" if code.medium.element in _DRAWN else "data"
        strong = (*strong, ("no-address", how))
    parts = take_apart(url)
    if not parts.host:
        return None
    seen = DeclaredAt("picture", page.visit.ordinal, page.page, unaddressed=how)
    operator = page.operators.operator_of(parts.host, url=url)
    return declared(seen, Marks("payment", strong), parts, operator)


def _link(page: PayPage, said: str) -> Claim | None:
    """Return the claim of a code that holds an address, where that address speaks of payment."""
    if not destination(said):
        return None
    parts = take_apart(said)
    operator = page.operators.operator_of(parts.host, url=said)
    medium = signals.medium(parts, operator)
    strong = (*signals.strong(parts), *signals.app_link(parts, operator))
    if not strong and medium:
        strong = (("code-link", medium[0][1]),)
    seen = DeclaredAt("picture", page.visit.ordinal, page.page)
    return declared(seen, Marks("payment", strong, medium), parts, operator) if strong else None


def _read_code(tiles: Tiles, box: CssBox) -> tuple[bool, str]:
    """Return whether a place shows a QR code, and what that says."""
    x, y, width, height = box
    more = MARGIN * max(width, height)
    if max(width, height) * tiles.map.scale > MAX_SIDE_PX:
        return False, ""
    try:
        shown = tiles.shown(CssBox(x - more, y - more, width + 2 * more, height + 2 * more))
        grey = np.asarray(shown.convert("L"))
        for scale in (1, 2):
            seen = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
            said, corners, _ = cv2.QRCodeDetector().detectAndDecode(seen)
            if said:
                return True, said
            if corners is None:
                return False, ""
    except (BadPicture, cv2.error):
        return False, ""
    return True, ""


def _tiles(page: PayPage) -> Tiles | None:
    kept = page.artifact("tiles")
    return Tiles(page.bundle, kept.path) if kept else None


def _asks(page: PayPage) -> bool:
    pattern = words.load("payments")["codes"]["scan"]
    return any(re.search(pattern, text, re.IGNORECASE) for text in page.words.values())


def _is_square(box: CssBox) -> bool:
    longer, shorter = max(box.w, box.h), min(box.w, box.h)
    return shorter >= _least("min_px") and longer <= shorter * words.load("payments")["codes"]["ratio"]


def _is_named_code(medium: MediaNode) -> bool:
    return _by_name(_tokens(medium)) and not _is_logo(medium)


def _by_name(found: frozenset[str]) -> bool:
    return bool(found & set(_words("names")))


def _is_logo(medium: MediaNode) -> bool:
    return bool(_tokens(medium) & set(_words("logos")))


def _has_logo(url: str) -> bool:
    return bool(tokens(url) & set(_words("logos")))


def _tokens(medium: MediaNode) -> frozenset[str]:
    address = "" if medium.src.startswith("data:") else medium.src.partition("?")[0]
    return tokens(address) | tokens(medium.alt.casefold()) | tokens(medium.path.casefold())


def _words(name: str) -> list[str]:
    listed: list[str] = words.load("payments")["codes"][name]
    return listed


def _least(name: str) -> float:
    return float(words.load("payments")["codes"][name])
