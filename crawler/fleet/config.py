"""Reads `pantau.toml`: what is wrong with it is told with file, line and key."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

import crawler
from crawler.errors import ConfigError
from crawler.fleet.queue_address import QueueAddress
from crawler.model.login_state import read_login_state
from crawler.model.policy import first_problem
from crawler.model.target import Config, DeviceId, Target
from crawler.model.toml_file import TomlFile
from crawler.settings import RunSettings

FILE = "pantau.toml"
CANARY = "canary"  # the reference shop's name among the targets of a night
SHIPPED_SCENARIOS = Path(crawler.__file__).parents[1] / "scenarios"
_DEFAULT_SCENARIO = "shop_to_checkout.py"


class NightFile(TomlFile):
    """`pantau.toml`."""

    noun = "a file of targets"
    max_bytes = 4 * 2**20  # some 20,000 targets
    hint = "Correct the file; `pantau init --print` shows one with every key explained."


@dataclass(frozen=True)
class Setup:
    """What `pantau.toml` says, the folder that its paths start from, and the file, where one was read."""

    config: Config
    base: Path
    file: NightFile | None = None

    def path(self, text: str) -> Path:
        """Return a path of the file as it is on this machine."""
        return self.base / text

    @property
    def out(self) -> Path:
        """Folder of the evidence bundles."""
        return self.path(self.config.night.out)

    @property
    def nights(self) -> Path:
        """Folder of the nights' records."""
        return self.path(self.config.night.nights)

    @property
    def local_queue(self) -> QueueAddress:
        """The queue of one machine: a file beside the nights' records."""
        return QueueAddress.of_file(self.nights.absolute() / "queue.db")

    def scenario(self, target: Target) -> Path:
        """Return the scenario file of a target."""
        return self.path(target.scenario) if target.scenario else SHIPPED_SCENARIOS / _DEFAULT_SCENARIO

    def run_settings(self, target: Target, device: DeviceId) -> RunSettings:
        """Return the settings of one journey."""
        night = self.config.night
        policy = target.policy
        return RunSettings(
            device=device,
            policy=str(self.path(policy)) if policy and policy.endswith(".toml") else policy,
            as_of=target.as_of,
            out=self.out,
            lang=night.lang,
            start_url=target.start_url,
            invoice_url=target.invoice_url,
            payment_url=target.payment_url,
            resolve=target.resolve,
            trust_ca=self.path(target.trust_ca) if target.trust_ca else None,
            session=self.path(target.session) if target.session else None,
            dwell_s=target.dwell_s,
            step_timeout_s=target.step_timeout_s,
            deadline_s=target.deadline_s,
            memory_limit_bytes=night.memory_limit_bytes,
            cut_pictures=True,
            case=target.case,
            target=target.id,
        )


def read_setup(path: Path) -> Setup:
    """Read a file of targets.

    Raises:
        ConfigError: it is not there or something is wrong with it; names file, line and key.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(NightFile.max_bytes + 1)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.",
            hint="Write one with `pantau init`, or name it with --config.",
        ) from error
    return Setup(parse_config(str(path), data), path.absolute().parent, NightFile(str(path), data))


def parse_config(name: str, data: bytes) -> Config:
    """Return what the bytes of a file of targets say.

    Raises:
        ConfigError: something is wrong with it; names file, line and key.
    """
    file = NightFile(name, data)
    try:
        config = Config.model_validate(file.table())
    except ValidationError as error:
        where, problem = first_problem(error)
        raise file.error(where, problem) from error
    conflict = config.conflict()
    if conflict:
        raise file.error(*conflict)
    for number, target in enumerate(config.targets):
        if target.id == CANARY:
            raise file.error(
                ("targets", number, "id"), f"{CANARY!r} is the name of the reference shop's walk"
            )
    return config


def missing_files(setup: Setup) -> list[str]:
    """Return a sentence for every file that a target names and that is not there or of no use any more."""
    said = []
    for target in setup.config.targets:
        named = [("scenario", setup.scenario(target))]
        if target.trust_ca:
            named.append(("trust_ca", setup.path(target.trust_ca)))
        said += [f"{target.id}: {key}: {path} is not there" for key, path in named if not path.is_file()]
        if error := session_error(setup, target):
            said.append(f"{target.id}: {error.message.rstrip('.')}")
    return said


def session_error(setup: Setup, target: Target) -> ConfigError | None:
    """Return what is wrong with a target's log-in, with file, line and key; None where nothing is."""
    if target.session is None:
        return None
    try:
        read_login_state(setup.path(target.session), time.time())
    except ConfigError as error:
        if setup.file is None:
            return error
        where = ("targets", setup.config.targets.index(target), "session")
        told = setup.file.error(where, error.message.rstrip("."))
        return ConfigError(told.message, hint=error.hint)
    return None
