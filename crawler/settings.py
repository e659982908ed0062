"""The settings of one run: read once, frozen, written whole into the bundle."""

from __future__ import annotations

from datetime import date
from fnmatch import fnmatchcase
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(ge=0, le=86_400)]
NOT_FOUND = "~NOTFOUND"  # Chromium's word for a name that does not resolve


def _range(text: str) -> str:
    return str(ip_network(text))


AddressRange = Annotated[str, Field(max_length=64), AfterValidator(_range)]


class HostMapping(BaseModel):
    """One `--resolve HOST=ADDR:PORT`: the browser connects to `target` when a page names `host`.

    `target` may be `~NOTFOUND`, Chromium's word for a name that does not resolve. Otherwise it has a port:
    without one Chromium keeps the port of the page's own address, which nobody expects who maps a host.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: Annotated[str, Field(pattern=r"^(\*|[a-z0-9*]([a-z0-9.*-]*[a-z0-9])?)$", max_length=253)]
    target: Annotated[
        str,
        Field(
            pattern=r"^(~NOTFOUND|\[[0-9a-f:]+\]:[1-9]\d{0,4}|[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?:[1-9]\d{0,4})$"
        ),
    ]

    def covers(self, host: str) -> bool:
        """Say whether the browser connects elsewhere for a host."""
        return fnmatchcase(host, self.host)


class Case(BaseModel):
    """The assignment a run belongs to, as the inspector states it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    surat_tugas: str = ""
    officer: str = ""
    unit: str = ""
    note: str = ""


class RunSettings(BaseModel):
    """Everything a person may set for a run. Times in seconds, sizes in bytes.

    `target` is the id of a target in `pantau.toml`; `night`, `attempt` and `repeat_of` (the run id of the
    first attempt) say of a night's journey which one it is. With `public_only` the browser goes through a
    checking proxy, which connects to public addresses and to `allowed_ranges` alone. With `cut_pictures`
    full-page pictures are cut into cells, of which bundles can share those that stayed as they were.
    `session` is the file of a log-in, as `crawler.model.login_state` reads it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    device: Literal["desktop", "mobile"] = "desktop"
    policy: str | None = None
    as_of: date | None = None
    out: Path = Path("snapshots")
    lang: Literal["id", "en"] = "id"
    start_url: str | None = None
    invoice_url: str | None = None
    payment_url: str | None = None
    resolve: tuple[HostMapping, ...] = ()
    trust_ca: Path | None = None
    session: Path | None = None
    browser: str | None = None
    headed: bool = False
    locale: str = "id-ID"
    timezone: str = "Asia/Jakarta"
    dwell_s: Seconds = 3.5
    settle_s: Seconds = 10.0
    step_timeout_s: Annotated[float, Field(gt=0, le=600)] = 20.0
    deadline_s: Annotated[float, Field(gt=0, le=86_400)] = 600.0
    memory_limit_bytes: Annotated[int, Field(ge=256 * 2**20)] = 4 * 2**30
    third_party_cookies: Literal["as shipped", "allowed"] = "as shipped"
    max_body_bytes: Annotated[int, Field(ge=0)] = 2 * 2**20
    max_page_px: Annotated[int, Field(ge=1_000)] = 60_000
    public_only: bool = False
    allowed_ranges: Annotated[tuple[AddressRange, ...], Field(max_length=100)] = ()
    cut_pictures: bool = False
    case: Case | None = None
    target: str | None = None
    night: date | None = None
    attempt: int | None = None
    repeat_of: str | None = None


class RunOrder(BaseModel):
    """One line on standard input of `pantau run --order`: a journey as whoever started the process wants it.

    `run_id` names the bundle's folder beforehand, and the process ends with its parent `started_by`. What
    happens is told in the file `progress`, where one is named.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scenario: Path
    settings: RunSettings
    run_id: Annotated[str, Field(pattern=r"^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}$")]
    started_by: Annotated[int, Field(gt=0)]
    progress: Path | None = None
