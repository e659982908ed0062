"""A bundle that somebody brought from a laptop: what came, and what became of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from crawler.model.evidence import Moment, Record
from crawler.model.finding import Message
from crawler.model.night import BundleName

UploadId = Annotated[str, Field(pattern=r"^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}$")]


class Upload(Record):
    """Content of `upload.json`.

    `accepted`: it verified and lies among the bundles. `present`: the very same one lay there already.
    `quarantined`: it is kept as it came, and nothing of it is shown; `why` says why. `left_out` counts
    entries of the file that no seal covers, such as findings and reports: they are made again here.
    """

    id: UploadId
    name: Annotated[str, Field(max_length=255)]
    by: str
    at: Moment
    bytes: int
    sha256: str
    state: Literal["accepted", "present", "quarantined"]
    why: Message | None = None
    bundle: BundleName | None = None
    left_out: int = 0
