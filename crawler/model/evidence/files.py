"""Files that a page brings beside itself: icons and downloads."""

from __future__ import annotations

from typing import Literal

from crawler.model.evidence.record import Record


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
