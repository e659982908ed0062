"""What was brought from laptops, as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from crawler.report.visible import plain

if TYPE_CHECKING:
    from crawler.model.upload import Upload


@dataclass(frozen=True)
class UploadLine:
    """One file that came, and what became of it; `why` and `params` are the sentence that says why not."""

    name: str
    by: str
    at: datetime
    bytes: int
    sha256: str
    state: str
    bundle: str
    left_out: int
    why: str
    params: dict[str, Any]


def upload_line(upload: Upload) -> UploadLine:
    """Return what is shown of an upload: of one in quarantine its name and the reason, and nothing of it."""
    params = upload.why.params if upload.why else {}
    return UploadLine(
        name=upload.name,
        by=upload.by,
        at=datetime.fromisoformat(upload.at),
        bytes=upload.bytes,
        sha256=upload.sha256,
        state=upload.state,
        bundle=upload.bundle or "",
        left_out=upload.left_out,
        why=upload.why.id if upload.why else "",
        params={name: plain(value) if isinstance(value, str) else value for name, value in params.items()},
    )
