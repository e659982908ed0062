"""`pantau run`: walk a scenario, seal, judge, report."""

from __future__ import annotations

import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click
from pydantic import ValidationError

from crawler import logs
from crawler.browse.run.child import die_with_parent
from crawler.browse.run.supervisor import supervise
from crawler.cli import options
from crawler.cli.assess import assess, choose_pack, line, report, sentence
from crawler.cli.progress import RunProgress
from crawler.cli.remember import add_to_index
from crawler.cli.telling import say, say_json
from crawler.errors import ConfigError
from crawler.fleet.config import read_setup, session_error
from crawler.lib.clock import jakarta_date
from crawler.lib.i18n import detect, translate
from crawler.settings import RunOrder
from crawler.store.progress import ProgressFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.derive.pictures.ocr import Mode
    from crawler.fleet.config import Setup
    from crawler.settings import RunSettings

_ORDER_BYTES = 1 << 20


@click.command("run")
@click.argument("scenario", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--target", metavar="ID", help="Walk this target of pantau.toml, as a night would.")
@options.config
@click.option("--order", is_flag=True, hidden=True, help="Take all from standard input, as nights do.")
@options.capture
@options.policy
@options.as_of
@options.ocr
@options.language
@click.option("--start-url", metavar="URL", help="Start here instead of at the scenario's own address.")
@click.option("--invoice-url", metavar="URL", help="Invoice of an order that exists already.")
@click.option(
    "--payment-url",
    metavar="URL",
    help="Payment page of an order that exists already, where a shop shows one only behind its order button.",
)
@click.option(
    "--resolve",
    multiple=True,
    metavar="HOST=ADDR:PORT",
    help="Let the browser find HOST at ADDR:PORT; “*=~NOTFOUND” lets no other name resolve.",
)
@click.option(
    "--trust-ca",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Trust this PEM certificate authority too, in this run only; recorded.",
)
@click.option(
    "--session",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Begin logged in, with this storage state of Playwright's; nothing of it enters the evidence.",
)
@click.option(
    "--public-only",
    is_flag=True,
    help="Reach public addresses alone, by a checking proxy: nothing private, loopback or link-local.",
)
@click.option(
    "--allow-range",
    "allowed_ranges",
    multiple=True,
    metavar="RANGE",
    help="With --public-only: a range that may be reached too, such as 10.1.2.0/24; recorded.",
)
@click.option(
    "--case", "case_file", type=click.Path(path_type=Path), metavar="FILE", help="Assignment, as JSON."
)
@options.as_json
def command(
    *,
    scenario: Path | None,
    target: str | None,
    config: Path,
    order: bool,
    ocr: Mode,
    as_json: bool,
    **given: Any,
) -> int:
    """Walk SCENARIO in a real Chromium, seal the evidence, judge it, and write the report.

    With --target the scenario and all that `pantau.toml` says of the target come from there; of the other
    options --device, --browser, --headed, --public-only, --allow-range and --ocr hold then.

    No order is ever placed: clicks that would commit one are stopped and order-creating requests are refused,
    both recorded. Exit codes are those of `pantau --help`.
    """
    if given["allowed_ranges"] and not given["public_only"]:
        raise click.UsageError("--allow-range goes with --public-only.", click.get_current_context())
    journey = _ordered() if order else _chosen(scenario, target, config, given)
    settings = journey.settings
    choose_pack(settings.policy, settings.as_of or jakarta_date())  # told before the walk, not after
    words = translate(detect())
    with (
        logs.bind(**journey.named),
        RunProgress(words, settings.target or journey.scenario.stem) as progress,
    ):
        tell = _teller(progress, journey.progress)
        outcome = supervise(journey.scenario, settings, on_event=tell, run_id=journey.run_id)
        progress.note("cli.judging")
        tell({"event": "judging"})
        bundle, judgement = assess(outcome.root, policy=settings.policy, as_of=settings.as_of, ocr=ocr)
        path = report(bundle, judgement, settings.lang)
        tell({"event": "judged"})
    found = line(bundle, judgement, report=path)
    if as_json:
        say_json(found.model_dump(mode="json"))
    else:
        say(sentence(words, found))
    add_to_index(bundle.root, words)
    return found.exit_code


@dataclass(frozen=True)
class _Journey:
    """What is to be walked; `run_id` is None where the run may name itself."""

    scenario: Path
    settings: RunSettings
    run_id: str | None = None
    progress: Path | None = None

    @property
    def named(self) -> dict[str, str]:
        """What its log lines are bound to; what it has no name for is left out."""
        facts = {"target": self.settings.target, "device": self.settings.device, "run": self.run_id}
        return {name: value for name, value in facts.items() if value}


def _chosen(scenario: Path | None, target: str | None, config: Path, given: dict[str, Any]) -> _Journey:
    """Return the journey that the command line names."""
    if (scenario is None) == (target is None):
        raise click.UsageError(
            "Name a scenario file, or a target with --target ID, and not both.", click.get_current_context()
        )
    if target is not None:
        return _of_target(target, read_setup(config), given)
    read = {
        "as_of": options.day(given["as_of"]),
        "resolve": options.mappings(given["resolve"]),
        "memory_limit_bytes": options.size_bytes(given["memory_limit"]),
        "case": options.case(given["case_file"]),
    }
    others = {name: value for name, value in given.items() if name not in ("memory_limit", "case_file")}
    return _Journey(cast("Path", scenario), options.settings(**others | read))


def _of_target(target_id: str, setup: Setup, given: dict[str, Any]) -> _Journey:
    target = setup.config.target(target_id)
    if target is None:
        known = ", ".join(each.id for each in setup.config.targets) or "none"
        raise ConfigError(f"--target {target_id}: there is no such target.", hint=f"There are: {known}.")
    if lapsed := session_error(setup, target):
        raise lapsed
    settings = setup.run_settings(target, given["device"])
    here = {name: given[name] for name in ("browser", "headed", "public_only", "allowed_ranges")}
    return _Journey(setup.scenario(target), options.settings(**settings.model_dump() | here))


def _ordered() -> _Journey:
    """Return the journey that standard input describes, and end with the process that wrote it."""
    try:
        order = RunOrder.model_validate_json(sys.stdin.buffer.readline(_ORDER_BYTES))
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(f"--order: {'.'.join(map(str, first['loc']))}: {first['msg']}.") from error
    die_with_parent(order.started_by, signal.SIGTERM)  # which ends the walk and seals what is there
    return _Journey(order.scenario, order.settings, order.run_id, order.progress)


def _teller(shown: RunProgress, path: Path | None) -> Callable[[dict[str, Any]], None]:
    """Return what is told about each event: who watches here, and the file that others read."""
    if path is None:
        return shown
    file = ProgressFile(path)

    def tell(event: dict[str, Any]) -> None:
        file.append(event)
        shown(event)

    return tell
