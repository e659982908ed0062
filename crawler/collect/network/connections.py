"""What the request recorder saw that other collectors need: who answered for a host, manifests, icons."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from crawler.lib.clock import stamp
from crawler.lib.kept import Kept
from crawler.model.evidence import TransportRecord

if TYPE_CHECKING:
    from crawler.model.evidence import Address

MAX_RECORDS = 20_000
MAX_MANIFESTS = 100
MAX_ICONS = 200


class Connections:
    """Connection facts by visit and page, in the order they were first seen; manifests and icons by address.

    An icon that was answered otherwise than with a picture is empty. `manifest_icons` holds what the browser
    made of the icon of a manifest, and why not where it could not.
    """

    def __init__(self) -> None:
        self._seen: dict[tuple[int, int], dict[TransportRecord, None]] = {}
        self._left_out: dict[tuple[int, int], int] = {}
        self._count = 0
        self.manifests: dict[str, bytes] = {}
        self.icons: dict[str, bytes] = {}
        self.manifest_icons: dict[str, tuple[bytes | None, str]] = {}

    def note(self, visit: int, page: int, record: TransportRecord) -> None:
        """Remember that a host was answered for like this on a page of a visit."""
        place = self._seen.setdefault((visit, page), {})
        if record in place:
            return
        if self._count < MAX_RECORDS:
            place[record] = None
            self._count += 1
        else:
            self._left_out[visit, page] = self._left_out.get((visit, page), 0) + 1

    def keep_manifest(self, url: str, data: bytes) -> None:
        """Remember a web manifest, whose names the browser shows and no page holds."""
        if len(self.manifests) < MAX_MANIFESTS:
            self.manifests[url] = data

    def keep_icon(self, url: str, data: bytes) -> None:
        """Remember a picture that the browser asked for by itself, to show beside the title of a page."""
        if len(self.icons) < MAX_ICONS:
            self.icons[url] = data

    def on_page(self, visit: int, page: int) -> Kept[TransportRecord]:
        """Return what is known about a page of a visit."""
        return Kept(tuple(self._seen.get((visit, page), ())), self._left_out.get((visit, page), 0))


def transport_record(host: str, server: Address, tls: dict[str, Any]) -> TransportRecord:
    """Return who answered for a host: the server's address, and Playwright's security details."""
    return TransportRecord(
        host=host,
        address=server.ip,
        port=server.port,
        protocol=tls.get("protocol"),
        issuer=tls.get("issuer"),
        subject=tls.get("subjectName"),
        valid_from=_moment(tls.get("validFrom")),
        valid_to=_moment(tls.get("validTo")),
    )


def _moment(seconds: float | None) -> str | None:
    return stamp(datetime.fromtimestamp(seconds, UTC)) if seconds and seconds > 0 else None
