"""`pantau demo`: crawl the reference shop in its dated states and compare the outcome with the plants."""

from __future__ import annotations

import json
import multiprocessing
import os
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, cast

import click

import crawler
from crawler.browse.run.child import die_with_parent
from crawler.browse.run.supervisor import supervise
from crawler.cli import options
from crawler.cli.assess import assess, line, report, sentence
from crawler.cli.demo_nights import tell_nights
from crawler.cli.progress import RunProgress
from crawler.cli.remember import add_to_index
from crawler.cli.telling import say
from crawler.demo.expectation import surprises
from crawler.demo.shop import ReferenceShop
from crawler.demo.states import load_state, state_ids
from crawler.errors import ConfigError
from crawler.lib.i18n import detect, translate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crawler.demo.states import State

SCENARIOS = Path(crawler.__file__).parents[1] / "scenarios"
NOWHERE = "*=~NOTFOUND"
NIGHTLY: Final = "feed_to_checkout"  # one journey for all nights, else there is no series
AT_A_TIME = 3  # most of a crawl is listening, so three share two cores well


@dataclass(frozen=True)
class _Shown:
    """What came of one state: its line for the terminal, and what was otherwise than expected."""

    text: str
    surprises: tuple[str, ...]
    root: Path


@click.command("demo")
@click.argument("states", nargs=-1, metavar="[STATE]...")
@click.option(
    "--nights",
    is_flag=True,
    help="Walk the states as nights of one series, and show the trend; its charts go to --out.",
)
@options.capture
@options.language
@options.as_json
def command(
    *, states: tuple[str, ...], nights: bool, lang: str, memory_limit: str, as_json: bool, **given: Any
) -> int:
    """Crawl the reference shop, on this machine alone, in its dated STATEs (all unless named).

    Crawls several states at a time. Prints one line a state: verdict, index, findings, report. Exit code 0 if
    every expectation is met: all that was planted is found, nothing else is, and the shop's order table
    gains no row.

    With --nights all states are walked by the journey that begins at the social feed, each on a day of its
    own, the oldest first; then the trend is printed and drawn, in both languages.
    """
    if not SCENARIOS.is_dir():
        raise ConfigError(f"{SCENARIOS} is not there.", hint="Run the demo from a checkout of the project.")
    given["memory_limit_bytes"] = options.size_bytes(memory_limit)
    wanted = [load_state(state) for state in states or state_ids()]
    if nights:
        wanted = sorted((state.as_night(NIGHTLY) for state in wanted), key=lambda state: state.as_of)
    shown = []
    for state, outcome in _crawl_all(wanted, lang, as_json, given):
        _say(state.id, outcome)
        shown.append(outcome)
    if nights:
        tell_nights([each.root for each in shown], given["out"], as_json=as_json)
    return 0 if not any(each.surprises for each in shown) else 1


def _say(state_id: str, shown: _Shown) -> None:
    """Print a state's line and what was unexpected."""
    say(shown.text)
    for surprise in shown.surprises:
        say(f"{state_id}: {surprise}", err=True)


def _crawl_all(
    states: Sequence[State], lang: str, as_json: bool, given: dict[str, Any]
) -> Iterator[tuple[State, _Shown]]:
    """Crawl the states, a few at a time, each in a process of its own; yield what came of them in order.

    A process and not a thread: a supervisor takes its signals in the main thread, and its child dies with
    the thread that started it.
    """
    if len(states) == 1:
        yield states[0], _crawl(states[0], lang, as_json, given)
        return
    spawn = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(
        AT_A_TIME, mp_context=spawn, initializer=die_with_parent, initargs=(os.getpid(),)
    )
    try:
        jobs: list[Future[_Shown]] = [
            pool.submit(_crawl, state, lang, as_json, given, alone=False) for state in states
        ]
        for state, job in zip(states, jobs, strict=True):
            yield state, job.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _crawl(state: State, lang: str, as_json: bool, given: dict[str, Any], *, alone: bool = True) -> _Shown:
    """Crawl one state and compare what came out with what was planted."""
    words = translate(detect())
    with (
        TemporaryDirectory(prefix="pantau-shop-") as folder,
        ReferenceShop(state, work_dir=Path(folder)) as shop,
        RunProgress(words, state.id, bar=alone) as progress,
    ):
        before = shop.orders()
        settings = options.settings(
            as_of=state.as_of,
            lang=lang,
            invoice_url=shop.invoice_url,
            resolve=options.mappings((*shop.resolve, NOWHERE)),
            trust_ca=shop.trust_ca,
            **given,
        )
        outcome = supervise(SCENARIOS / f"{state.scenario}.py", settings, on_event=progress)
        gained = shop.orders() - before
        progress.note("cli.judging")
        bundle, judgement = assess(outcome.root, policy=None, as_of=state.as_of)
        path = report(bundle, judgement, cast("Any", lang))
    found = line(bundle, judgement, report=path)
    add_to_index(bundle.root, words)
    return _Shown(
        text=json.dumps(found.model_dump(mode="json"))
        if as_json
        else f"{state.id}  {sentence(words, found)}",
        surprises=surprises(state, judgement, orders_gained=gained),
        root=bundle.root,
    )
