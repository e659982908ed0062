"""`pantau compare`: two runs compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.cli import options
from crawler.cli.assess import assess
from crawler.cli.telling import say, say_json
from crawler.history.comparison import compare
from crawler.history.judged import Judged
from crawler.lib.i18n import detect, translate
from crawler.model.policy import load_brands

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from crawler.derive.pictures.ocr import Mode
    from crawler.lib.i18n import Translator
    from crawler.model.comparison import Comparison, FindingChange, StageChange
    from crawler.model.finding import Message

INDICATIONS, LOOK = 1, 3
SHOWN_BLOCKS = 5
SHOWN_CHARS = 100


@click.command("compare")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--repeat",
    type=click.Path(path_type=Path),
    metavar="BUNDLE",
    help="Another visit of NEW's night: what differs between the two moves by itself and is masked.",
)
@click.option(
    "--known",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="BUNDLE",
    help="An earlier run: a page that it was served too is a known variant, as in an A/B test.",
)
@options.policy
@options.as_of
@options.ocr
@options.as_json
def command(
    *,
    old: Path,
    new: Path,
    repeat: Path | None,
    known: tuple[Path, ...],
    policy: str | None,
    as_of: datetime | None,
    ocr: Mode,
    as_json: bool,
) -> int:
    """Judge two bundles of a journey and say what changed from OLD to NEW.

    Findings are paired by fingerprint: new, changed, gone, still there, or not looked at again. Nothing
    counts as gone unless the same stage was reached again and its rule could read all of it. Then verdicts,
    hosts, ways of payment, the hand-over point, and text and pictures of every stage.

    Exit code 1 where an indication is new or graver, 3 where something is to be looked at, else 0.
    """
    brands = load_brands()

    def judged(root: Path) -> Judged:
        return Judged(*assess(root, policy=policy, as_of=options.day(as_of), ocr=ocr), brands)

    found = compare(
        judged(old),
        judged(new),
        repeat=judged(repeat) if repeat else None,
        known=[judged(each) for each in known],
    )
    if as_json:
        say_json(found.model_dump(mode="json"))
    else:
        for line in _lines(found, translate(detect())):
            say(line)
    return exit_code(found)


def exit_code(found: Comparison) -> int:
    """Return 1 where an indication is new or graver, 3 where something is to be looked at, else 0."""
    open_now = [each for each in found.findings if each.new is not None and each.new.status == "open"]
    moved = [each for each in open_now if each.state in ("new", "changed")]
    if any(each.new and each.new.outcome == "fail" and _graver(each) for each in moved):
        return INDICATIONS
    unlooked = any(each.state == "not-looked" for each in found.findings)
    return LOOK if moved or unlooked or found.verdicts else 0


def _graver(change: FindingChange) -> bool:
    old = change.old
    return old is None or old.outcome != "fail" or old.status != "open"


def _lines(found: Comparison, words: Translator) -> Iterator[str]:
    yield f"{found.old.run_id} → {found.new.run_id}"
    for note in found.notes:
        yield f"  ! {_worded(note, words)}"
    yield from _verdicts(found, words)
    yield from _findings(found, words)
    yield from _network(found, words)
    for stage in found.stages:
        yield from _stage(stage, words)


def _verdicts(found: Comparison, words: Translator) -> Iterator[str]:
    for move in found.verdicts:
        sides = [words(f"verdict.{each.value}") if each else "-" for each in (move.old, move.new)]
        yield f"{words('obligation.' + move.obligation + '.title')}: {' → '.join(sides)}"


def _findings(found: Comparison, words: Translator) -> Iterator[str]:
    counts = {state: found.count(state) for state in ("new", "changed", "gone", "not-looked", "still-there")}
    yield words("cli.compare.counts", **{name.replace("-", "_"): n for name, n in counts.items()})
    for change in found.findings:
        shown = change.new or change.old
        if shown is None or change.state == "still-there":
            continue
        title = f"{words('compare.' + change.state)} · {words('stage.' + change.stage.value)} · {change.rule}"
        yield f"  {title}: {_cut(shown.observed)}"
        for why in change.why:
            yield f"    {_worded(why, words)}"


def _network(found: Comparison, words: Translator) -> Iterator[str]:
    for host in found.hosts:
        operators = [words(f"group.{each}") for each in (host.old_operator, host.new_operator) if each]
        yield f"{words('compare.host.' + host.move)}: {host.host} ({' → '.join(operators)})"
    for way in found.payments:
        operator = words(f"group.{way.operator}")
        yield f"{words('compare.payment.' + way.move)}: {way.host}{way.path} ({operator})"
    if found.hand_over:
        ends = (found.hand_over.old, found.hand_over.new)
        yield f"{words('compare.hand-over')}: {' → '.join(each.host if each else '-' for each in ends)}"


def _stage(change: StageChange, words: Translator) -> Iterator[str]:
    yield f"{words('stage.' + change.stage.value)} {change.nth}:"
    if change.variant:
        yield f"  {words('compare.variant.' + change.variant, run=change.against)}"
    if change.moving:
        yield f"  {words('compare.moving', n=len(change.moving))}"
    for why in change.why:
        yield f"  {_worded(why, words)}"
    if change.picture:
        percent = max(1, round(change.picture.share * 100))
        yield f"  {words('compare.picture', percent=words.percent(percent), n=len(change.picture.boxes))}"
    if change.text:
        for sign, blocks in (("-", change.text.removed), ("+", change.text.added)):
            yield from (f"  {sign} {_cut(block)}" for block in blocks[:SHOWN_BLOCKS])
        more = change.text.left_out + sum(
            max(0, len(side) - SHOWN_BLOCKS) for side in (change.text.removed, change.text.added)
        )
        if more:
            yield f"  {words('compare.more', n=more)}"


def _worded(message: Message, words: Translator) -> str:
    return words(message.id, **message.params)


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_CHARS else text[: SHOWN_CHARS - 1] + "…"
