"""Judges a bundle and says in one line what came out: shared by run, check and demo."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from crawler.checks.engine import judge, read_pack, write
from crawler.checks.outcome import exit_code
from crawler.model.line import RunOutcome
from crawler.model.policy import load_brands, pack_in_force
from crawler.store.bundle import Bundle
from crawler.store.exceptions import exceptions_over

MAX_DETAIL_CHARS = 300

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from crawler.derive.pictures.ocr import Mode
    from crawler.lib.i18n import Language, Translator
    from crawler.model.finding import Judgement
    from crawler.model.policy import PolicyPack


def assess(
    root: Path, *, policy: str | None, as_of: date | None, ocr: Mode = "media"
) -> tuple[Bundle, Judgement]:
    """Judge the bundle in `root` and keep the judgement beside it."""
    bundle = Bundle(root)
    day = as_of or bundle.run.as_of
    pack = choose_pack(policy, day)
    over = exceptions_over(bundle.root)
    judgement = judge(bundle, pack, load_brands(), as_of=day, ocr=ocr, exceptions=over)
    write(bundle, judgement)
    return bundle, judgement


def choose_pack(policy: str | None, day: date) -> PolicyPack:
    """Return the pack that is named, else the one in force on the day; its parameters are checked."""
    return read_pack(policy or pack_in_force(day).id)


def line(bundle: Bundle, judgement: Judgement, *, report: Path | None) -> RunOutcome:
    """Return what came out of a run, as a record of one line."""
    findings = [finding for rule in judgement.rules for finding in rule.findings]
    return RunOutcome(
        bundle=str(bundle.root),
        run_id=bundle.run.run_id,
        status=bundle.run.status,
        ended_by=bundle.run.ended_by,
        detail=bundle.run.detail,
        policy=judgement.policy,
        as_of=judgement.as_of,
        simulated=judgement.simulated,
        verdict=judgement.verdict,
        index=judgement.index,
        obligations={each.obligation: each.verdict for each in judgement.obligations},
        findings=dict(Counter(finding.outcome for finding in findings if finding.status == "open")),
        excused=sum(finding.status == "excused" for finding in findings),
        reached=tuple(visit.kind for visit in bundle.run.visits if visit.reached),
        not_reached=tuple(visit.kind for visit in bundle.run.visits if not visit.reached),
        not_confirmed=tuple(
            seen.stage for seen in judgement.sightings or () if seen.state == "not confirmed"
        ),
        report=str(report) if report else None,
        **_guard(bundle),
        exit_code=exit_code(judgement, bundle.run),
    )


def _guard(bundle: Bundle) -> dict[str, int | None]:
    guard = bundle.run.guard
    if guard is None or not guard.enabled or guard.known_orders_sent is None:
        return {}
    went = sum(change.count for change in guard.changes if change.phase)
    return {"refused": len(guard.refusals), "changes": went, "orders_sent": guard.known_orders_sent}


def report(bundle: Bundle, judgement: Judgement, lang: Language) -> Path:
    """Write the HTML report and return where it is."""
    from crawler.report.html import write_html  # noqa: PLC0415 - judging alone needs none of it

    return write_html(bundle, judgement, lang)


def sentence(words: Translator, found: RunOutcome) -> str:
    """Return a line as a sentence for the terminal."""
    index = found.index
    fraction = f"{index.passed}/{index.judged}" + (f" ({index.percent} %)" if index.judged else "")
    parts = [
        words(f"verdict.{found.verdict.value}"),
        words("cli.index", fraction=fraction),
        words("cli.findings", n=sum(found.findings.values())),
    ]
    if index.not_testable:
        parts.append(words("cli.untested", names=", ".join(index.not_testable)))
        parts += _in_the_way(words, found)

    if found.orders_sent:
        parts.append(words("cli.guard-let", sent=found.orders_sent))
    elif found.refused is not None and (found.refused or found.changes):
        parts.append(words("cli.guard", refused=found.refused, changes=found.changes or 0))
    if found.status != "complete":
        told = words("cli.incomplete", reason=found.ended_by)
        parts.append(f"{told}: {found.detail[:MAX_DETAIL_CHARS]}" if found.detail else told)
    return " · ".join([*parts, found.report or found.bundle])


def _in_the_way(words: Translator, found: RunOutcome) -> list[str]:
    """Return what stood in the way of what could not be tested: stages not reached, and not confirmed."""
    said = []
    for message_id, stages in (
        ("cli.stages-not-reached", found.not_reached),
        ("cli.stages-not-confirmed", found.not_confirmed),
    ):
        if stages:
            said.append(words(message_id, stages=[stage.value for stage in dict.fromkeys(stages)]))
    return said
