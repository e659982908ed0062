"""What may be started by hand, and why not: targets of `pantau.toml`, or an address where a scenario fits it.

Everything that is started so goes by the checking proxy: to public addresses, and to the ranges that the
administrator has allowed in `[desk]`.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crawler.browse.proxy.ranges import literal, ranges_here
from crawler.fleet.config import SHIPPED_SCENARIOS, Setup
from crawler.lib.clock import stamp
from crawler.lib.hosts import host_of, registrable
from crawler.model.night import Job
from crawler.model.policy import PACKS
from crawler.model.started import AskedRun
from crawler.model.target import Config
from crawler.settings import NOT_FOUND, Case, RunSettings
from crawler.store.writer import new_run_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.model.target import DeviceId, Target

MAX_ADDRESS_CHARS = 2_048
_MAX_SCRIPT_BYTES = 1 << 20
_SLUG_CHARS = 64
_NO_SLUG = re.compile(r"[^a-z0-9]+")


class NotStartable(Exception):
    """It cannot be started: the sentence `message_id` says why, with `params`."""

    def __init__(self, message_id: str, **params: Any) -> None:
        super().__init__(message_id)
        self.message_id, self.params = message_id, params


@dataclass(frozen=True)
class Wish:
    """What somebody asks for: a target or an address, and how; without `policy` the pack in force."""

    by: str
    device: DeviceId
    target: str = ""
    address: str = ""
    policy: str | None = None
    case: Case | None = None
    once: str = ""


class Starter:
    """Makes runs of wishes.

    Args:
        setup: The file of targets; None where the desk has none.
        out: Folder of the evidence bundles.
    """

    def __init__(self, setup: Setup | None, out: Path) -> None:
        self._setup, self._out = setup, out.absolute()

    @property
    def targets(self) -> tuple[Target, ...]:
        """The targets there are, also those that cannot be started."""
        return self._setup.config.targets if self._setup else ()

    @property
    def allowed_ranges(self) -> tuple[str, ...]:
        """The address ranges that are open beside the public ones."""
        return (self._setup.config if self._setup else Config()).desk.allowed_ranges

    def hindrance(self, target: Target) -> NotStartable | None:
        """Return why a target cannot be started, None where it can."""
        try:
            self._check_target(target)
        except NotStartable as reason:
            return reason
        return None

    def run_of(self, wish: Wish) -> AskedRun:
        """Return the run that somebody asks for.

        Raises:
            NotStartable: there is no such target, no scenario fits, or something of it must not be reached.
        """
        if bool(wish.target) == bool(wish.address):
            raise NotStartable("desk.start.one-of")
        if wish.policy is not None and wish.policy not in PACKS:
            raise NotStartable("desk.start.no-policy", policy=wish.policy)
        if wish.target:
            target = next((each for each in self.targets if each.id == wish.target), None)
            if target is None or self._setup is None:
                raise NotStartable("desk.start.no-target", target=wish.target)
            self._check_target(target)
            return self._asked(
                wish, target.id, self._setup.scenario(target), self._setup.run_settings(target, wish.device)
            )
        address = self._checked_address(wish.address)
        scenario, settings = self._fitting(address, wish.device)
        return self._asked(wish, _slug(host_of(address)), scenario, settings, address)

    def _asked(
        self, wish: Wish, name: str, scenario: Path, settings: RunSettings, address: str = ""
    ) -> AskedRun:
        here: dict[str, Any] = {"out": self._out, "public_only": True, "allowed_ranges": self.allowed_ranges}
        wished = {"policy": wish.policy, "case": wish.case, "start_url": address or None}
        given = {key: value for key, value in wished.items() if value is not None}
        return AskedRun(
            run_id=new_run_id(),
            job=Job(target=name, device=wish.device),
            address=address,
            scenario=scenario.absolute(),
            settings=settings.model_copy(update=here | given),
            by=wish.by,
            asked=stamp(),
            once=wish.once,
        )

    # --- why not ---------------------------------------------------------------------------------------

    def _check_target(self, target: Target) -> None:
        assert self._setup is not None
        scenario = self._setup.scenario(target)
        if not scenario.is_file():
            raise NotStartable("desk.start.no-scenario-file", path=str(scenario))
        if target.trust_ca and not self._setup.path(target.trust_ca).is_file():
            raise NotStartable("desk.start.no-ca-file", path=str(self._setup.path(target.trust_ca)))
        if target.start_url:
            self._check_reach(host_of(target.start_url))
        for mapping in target.resolve:
            if mapping.target != NOT_FOUND:
                self._check_reach(mapping.target.rpartition(":")[0])

    def _checked_address(self, address: str) -> str:
        """Return a pasted address that a browser may be sent to."""
        address = address.strip()
        try:
            parts = urlsplit(address)
            plain = parts.scheme in ("http", "https") and parts.username is None and parts.port != 0
        except ValueError:
            plain = False
        host = host_of(address)
        if not (plain and host and len(address) <= MAX_ADDRESS_CHARS and address.isprintable()):
            raise NotStartable("desk.start.no-address")
        if " " in address:
            raise NotStartable("desk.start.no-address")
        self._check_reach(host)
        return address

    def _check_reach(self, host: str) -> None:
        """Refuse an address that must not be reached; names are looked up as the run goes, by the proxy."""
        try:
            address = literal(host)
        except ValueError:
            raise NotStartable("desk.start.no-address") from None
        if host == "localhost" or host.endswith(".localhost"):
            address = literal("127.0.0.1")
        name = ranges_here(self.allowed_ranges).refusal(address) if address is not None else ""
        if name:
            raise NotStartable("desk.start.range", host=host, range=name)

    # --- which scenario fits ---------------------------------------------------------------------------

    def _fitting(self, address: str, device: DeviceId) -> tuple[Path, RunSettings]:
        """Return the scenario for an address, and the settings that go with it: those of a target there."""
        site = registrable(host_of(address))
        for target in self.targets:
            assert self._setup is not None
            scenario = self._setup.scenario(target)
            if site == registrable(host_of(target.start_url or declared_start(scenario))):
                self._check_target(target)
                settings = self._setup.run_settings(target, device)
                return scenario, settings.model_copy(update={"target": None})
        for scenario in shipped_scenarios():
            if site == registrable(host_of(declared_start(scenario))):
                return scenario, RunSettings(device=device)
        raise NotStartable("desk.start.no-scenario", host=host_of(address))

    def fitting_sites(self) -> Iterator[str]:
        """Yield the sites that a scenario is written for and that may be reached, each once."""
        starts = [
            target.start_url or declared_start(self._setup.scenario(target))
            for target in self.targets
            if self._setup is not None and self.hindrance(target) is None
        ]
        starts += [declared_start(scenario) for scenario in shipped_scenarios()]
        yield from dict.fromkeys(filter(None, (registrable(host_of(each)) for each in starts)))


def shipped_scenarios() -> list[Path]:
    """Return the scenario files that come with Pantau."""
    return sorted(SHIPPED_SCENARIOS.glob("*.py"))


def declared_start(scenario: Path) -> str:
    """Return the `start_url` that a scenario file declares, read and not run; empty where it is not plain."""
    try:
        with scenario.open("rb") as file:
            tree = ast.parse(file.read(_MAX_SCRIPT_BYTES))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    declared = (call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Scenario")
    values = (word.value for call in declared for word in call.keywords if word.arg == "start_url")
    texts = (each.value for each in values if isinstance(each, ast.Constant) and isinstance(each.value, str))
    return next(texts, "")


def _slug(host: str) -> str:
    return _NO_SLUG.sub("-", host).strip("-")[:_SLUG_CHARS].strip("-")
