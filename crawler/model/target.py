"""The nouns of `pantau.toml`: the targets that a night walks, and how the night goes about it.

The file is read and its mistakes are told by `crawler.fleet.config`. Paths in it lie beside the file, unless
they are absolute. Times are seconds where a name ends in `_s`, hours where it ends in `_h`, sizes bytes.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from crawler.lib.hosts import host_of, registrable
from crawler.model.scenario import Slug
from crawler.settings import AddressRange, Case, HostMapping

if TYPE_CHECKING:
    from collections.abc import Iterator

DeviceId = Literal["desktop", "mobile"]
Address = Annotated[str, Field(pattern=r"^https?://[^\s/]+", max_length=2_048)]
AlertKind = Literal[
    "new", "remedied", "not-observed", "canary", "void", "did-not-run", "disk-low", "notice"
]  # fmt: skip

ALERT_KINDS: tuple[AlertKind, ...] = (
    "new",
    "remedied",
    "not-observed",
    "canary",
    "void",
    "did-not-run",
    "disk-low",
    "notice",
)
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class _Section(BaseModel):
    """Base of what the file may hold: frozen, and strict about its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Pace(_Section):
    """What one site is asked to bear: journeys at once, and the least time between two starts."""

    at_once: Annotated[int, Field(ge=1, le=64)] = 1
    every_s: Annotated[float, Field(ge=0, le=86_400)] = 20.0


class Target(_Section):
    """One shop that every night walks, once a device.

    `scenario` is the file of the journey; without one the journey that ships with Pantau starts at
    `start_url`. `site` names what the pace holds for: targets that share one take turns. Unless given it is
    the registrable domain of `start_url`, or the target's own id where only the scenario knows the address.
    Jobs with a higher `priority` start earlier. `resolve` and `trust_ca` are for test sites, as is `as_of`.
    `session` is the file of a log-in that a person made, a storage state of Playwright's; unless given the
    journey is that of a guest.
    """

    id: Slug
    scenario: Annotated[str, Field(min_length=1, max_length=4_096)] | None = None
    start_url: Address | None = None
    devices: Annotated[tuple[DeviceId, ...], Field(min_length=1)] = ("desktop", "mobile")
    site: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", max_length=253)] | None = None
    pace: Pace = Pace()
    priority: Annotated[int, Field(ge=0, le=100)] = 0
    deadline_s: Annotated[float, Field(gt=0, le=86_400)] = 600.0
    dwell_s: Annotated[float, Field(ge=0, le=600)] = 3.5
    step_timeout_s: Annotated[float, Field(gt=0, le=600)] = 20.0
    policy: Annotated[str, Field(min_length=1, max_length=4_096)] | None = None
    as_of: dt.date | None = None
    invoice_url: Address | None = None
    payment_url: Address | None = None
    case: Case | None = None
    resolve: tuple[HostMapping, ...] = ()
    trust_ca: Annotated[str, Field(min_length=1, max_length=4_096)] | None = None
    session: Annotated[str, Field(min_length=1, max_length=4_096)] | None = None

    @field_validator("devices")
    @classmethod
    def _each_once(cls, devices: tuple[DeviceId, ...]) -> tuple[DeviceId, ...]:
        if len(set(devices)) != len(devices):
            raise ValueError("a device is listed twice")
        return devices

    @field_validator("resolve", mode="before")
    @classmethod
    def _mappings(cls, given: object) -> object:
        """Take `HOST=ADDR:PORT` words as `pantau run --resolve` does."""
        if not isinstance(given, list):
            return given
        return [_mapping(each) if isinstance(each, str) else each for each in given]

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Target:
        if self.scenario is None and self.start_url is None:
            raise ValueError("a target needs `scenario` or `start_url`")
        return self

    @property
    def pace_site(self) -> str:
        """The site that this target's pace holds for."""
        if self.site or self.start_url is None:
            return self.site or self.id
        return registrable(host_of(self.start_url)) or self.id


def _mapping(word: str) -> dict[str, str]:
    host, separator, target = word.partition("=")
    if not separator:
        raise ValueError(f"{word!r} is no HOST=ADDR:PORT")
    return {"host": host.lower(), "target": target}


class NightSettings(_Section):
    """`[night]`: when it runs, how long it may take, where its evidence and records go.

    `workers` are journeys at once; None takes what cores and memory carry. `canary` is the state of the
    reference shop that is walked first.
    """

    time: dt.time = dt.time(1, 0)
    zone: Annotated[str, Field(max_length=64)] = "Asia/Jakarta"
    deadline_h: Annotated[float, Field(gt=0, le=24)] = 6.0
    workers: Annotated[int, Field(ge=1, le=256)] | None = None
    canary: Annotated[str, Field(pattern=r"^[a-z0-9-]+$", max_length=64)] = "2024-03-04"
    out: Annotated[str, Field(min_length=1, max_length=4_096)] = "snapshots"
    nights: Annotated[str, Field(min_length=1, max_length=4_096)] = "nights"
    lang: Literal["id", "en"] = "id"
    memory_limit_bytes: Annotated[int, Field(ge=256 * 2**20)] = 4 * 2**30

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (OSError, ValueError, KeyError) as error:
            raise ValueError(f"there is no time zone {zone!r}") from error
        return zone


class Alerts(_Section):
    """`[alerts]`: who is told in the morning, of what, and in which language.

    `channels` are Apprise addresses; `${NAME}` in one stands for the environment variable of that name, so
    that no secret has to stand in the file. `ping_url` is asked for after every night that ended, for a
    watchdog elsewhere. `disk_low_bytes` is how little free space is told as low.
    """

    channels: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=2_048)], ...], Field(max_length=50)
    ] = ()
    on: tuple[AlertKind, ...] = ALERT_KINDS
    lang: Literal["id", "en"] = "id"
    ping_url: Annotated[str, Field(max_length=2_048)] | None = None
    timeout_s: Annotated[float, Field(gt=0, le=600)] = 20.0
    disk_low_bytes: Annotated[int, Field(ge=0)] = 5 * 2**30

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the environment variables that the channels and the ping need, each once."""
        texts = (*self.channels, self.ping_url or "")
        return tuple(dict.fromkeys(name for text in texts for name in _VARIABLE.findall(text)))


class Retention(_Section):
    """`[retention]`: what may be removed of old evidence; nothing is where all three are None.

    `keep_days` by age, `keep_nights` by count, `budget_bytes` by what all bundles take on disk.
    """

    keep_days: Annotated[int, Field(ge=1)] | None = None
    keep_nights: Annotated[int, Field(ge=2)] | None = None
    budget_bytes: Annotated[int, Field(ge=1)] | None = None


class DeskSettings(_Section):
    """`[desk]`: what holds for runs that are started from the review desk.

    They reach public addresses alone; `allowed_ranges` are those that they may reach all the same.
    """

    allowed_ranges: Annotated[tuple[AddressRange, ...], Field(max_length=100)] = ()


class Config(_Section):
    """Content of `pantau.toml`."""

    night: NightSettings = NightSettings()
    targets: Annotated[tuple[Target, ...], Field(max_length=20_000)] = ()
    alerts: Alerts = Alerts()
    retention: Retention = Retention()
    desk: DeskSettings = DeskSettings()

    def conflict(self) -> tuple[tuple[str | int, ...], str] | None:
        """Return key path and sentence of the first thing that two targets cannot both say, None for none."""
        ids: set[str] = set()
        paces: dict[str, Pace] = {}
        for number, target in enumerate(self.targets):
            if target.id in ids:
                return ("targets", number, "id"), f"target {target.id!r} is listed twice"
            ids.add(target.id)
            if paces.setdefault(target.pace_site, target.pace) != target.pace:
                return ("targets", number, "pace"), f"the site {target.pace_site!r} has another pace above"
        return None

    def target(self, target_id: str) -> Target | None:
        """Return the target of an id, None where there is none."""
        return next((each for each in self.targets if each.id == target_id), None)

    def journeys(self) -> Iterator[tuple[Target, DeviceId]]:
        """Yield every target with each of its devices, in the order they start."""
        for target in sorted(self.targets, key=lambda each: -each.priority):
            for device in target.devices:
                yield target, device
