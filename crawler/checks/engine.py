"""Judges a bundle by a policy pack: runs the rules, takes the worst, counts the index.

The same bundle, pack and brands give the same bytes, whatever the language, the day or the machine.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError

from crawler.checks import leftovers, registry
from crawler.checks.base import Answer, message
from crawler.checks.inputs import unread
from crawler.checks.versions import data_versions
from crawler.checks.view import View
from crawler.checks.weights import SOCIAL_BUSINESS
from crawler.derive.pictures.brand import Terms
from crawler.derive.pictures.crops import Crops
from crawler.derive.pictures.reader import PictureReader
from crawler.derive.reading import reading_of
from crawler.errors import RuleError
from crawler.lib.collector import seldom_collected
from crawler.model.evidence import SCHEMA_VERSION
from crawler.model.excepted import Exceptions, allowances
from crawler.model.finding import (
    Finding,
    Gap,
    Index,
    Judgement,
    ObligationResult,
    RuleResult,
    Spot,
    UsedException,
    Verdict,
    worst,
)
from crawler.model.policy import first_problem, load_pack
from crawler.store import layout
from crawler.store.beside import keep

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from pathlib import Path

    from crawler.checks.base import Found
    from crawler.checks.registry import Rule
    from crawler.derive.pictures.ocr import Mode
    from crawler.derive.reading import BundleReading
    from crawler.model.excepted import ExceptedMention
    from crawler.model.finding import Message
    from crawler.model.policy import Brands, Obligation, PolicyModel, PolicyPack
    from crawler.model.scenario import Stage
    from crawler.store.bundle import Bundle

NO_EXCEPTIONS = Exceptions()
Severity = Literal["low", "medium", "high"]
MESSAGES = {
    "gap.rule-error": ("rule", "error"),
    "why.stage-missing": ("stage",),
    "why.stage-unconfirmed": ("stage",),
    "why.rule": ("rule", "verdict"),
}
OF_STAGES = (
    "gap.unreached",
    "gap.undeclared",
    "gap.unconfirmed",
)  # count only where the obligation requires the stage
_KEY_CHARS = 32
MAX_SPOTS = 200  # further places of one finding; more are counted only
_LESS: dict[Severity, Severity] = {"high": "medium", "medium": "low", "low": "low"}


@dataclass(frozen=True)
class _Case:
    """Everything one judgement stands on."""

    bundle: Bundle
    reading: BundleReading
    pictures: PictureReader
    pack: PolicyPack
    brands: Brands
    on: date
    crops: Crops
    exceptions: Exceptions


@seldom_collected()
def judge(
    bundle: Bundle,
    pack: PolicyPack,
    brands: Brands,
    *,
    as_of: date | None = None,
    ocr: Mode = "media",
    exceptions: Exceptions = NO_EXCEPTIONS,
) -> Judgement:
    """Judge a sealed bundle, complete or not, as far as it goes.

    Args:
        bundle: The bundle; it is only read.
        pack: The regulation to judge by. The caller chooses it, normally the one in force on the day.
        brands: The dated brand names.
        as_of: The day whose names and allowances hold (Asia/Jakarta); the run's own day if none is given.
        ocr: `media` reads the pixels that page text does not explain, `full` reads them all.
        exceptions: What reviewers let pass, over the pack; those that hold for the run's target on the day.

    Raises:
        PolicyError: the pack names an unknown rule or parameter.
    """
    params = parameters(pack)
    on = as_of or bundle.run.as_of
    terms = Terms(brands.names(SOCIAL_BUSINESS, "brand", on), brands.stated(SOCIAL_BUSINESS, on))
    case = _Case(
        bundle=bundle,
        reading=reading_of(bundle),
        pictures=PictureReader(bundle, terms, ocr),
        pack=_under(pack, exceptions.holding(bundle.run.target, on)),
        brands=brands,
        on=on,
        crops=Crops(bundle),
        exceptions=exceptions,
    )
    results = tuple(_rule(case, rule_id, params[rule_id]) for rule_id in sorted(params))
    obligations = tuple(_obligation(case, each, results) for each in pack.obligations)
    return Judgement(
        schema_version=SCHEMA_VERSION,
        run_id=bundle.run.run_id,
        policy=pack.id,
        as_of=on.isoformat(),
        simulated=bundle.run.simulated or on != bundle.run.as_of,
        inputs=_inputs(case, results),
        verdict=worst([each.verdict for each in obligations]),
        index=index(obligations),
        obligations=obligations,
        rules=results,
        leftovers=leftovers.measure(bundle.run, results, _counted(), case.reading.page_size),
        sightings=case.reading.sightings,
        exceptions=_touching(exceptions, results),
    )


def _under(pack: PolicyPack, holding: tuple[ExceptedMention, ...]) -> PolicyPack:
    """Return a pack with exceptions over it; the hash of its file stays what it is."""
    return pack.model_copy(update={"allowed": (*pack.allowed, *allowances(holding))}) if holding else pack


def _touching(exceptions: Exceptions, results: tuple[RuleResult, ...]) -> tuple[UsedException, ...] | None:
    """Return the exceptions that excuse a finding; None where there are no exceptions at all."""
    found = (finding for result in results for finding in result.findings)
    sources = {finding.excuse.source for finding in found if finding.excuse}
    used = [each for each in exceptions.listed if each.source in sources]
    return tuple(each.used() for each in used) if exceptions.listed else None


def read_pack(id_or_path: str | Path) -> PolicyPack:
    """Read a pack and check the parameters of all its rules.

    Raises:
        PolicyError: something is wrong with it; names file, key and line.
    """
    pack = load_pack(id_or_path)
    parameters(pack)
    return pack


def parameters(pack: PolicyPack) -> dict[str, PolicyModel]:
    """Return the checked parameters of each rule that the pack's obligations name.

    Raises:
        PolicyError: an unknown rule or parameter, or a value that does not fit; names file, key and line.
    """
    known = registry.rules()
    for number, obligation in enumerate(pack.obligations):
        for place, rule_id in enumerate(obligation.rules):
            if rule_id not in known:
                raise pack.error(("obligations", number, "rules", place), f"there is no rule {rule_id!r}")
    named = {rule_id for obligation in pack.obligations for rule_id in obligation.rules}
    for rule_id in pack.rules:
        if rule_id not in named:
            raise pack.error(("rules", rule_id), "no obligation names this rule")
    return {rule_id: _parameters(pack, rule_id, known[rule_id]) for rule_id in named}


def _counted() -> dict[str, str]:
    """Return what the findings of each rule are to the left-over meter, for those that count."""
    return {rule_id: rule.meta.leaves for rule_id, rule in registry.rules().items() if rule.meta.leaves}


def index(obligations: Iterable[ObligationResult]) -> Index:
    """Return the conformity index: floored to whole percent, none where nothing could be judged."""
    listed = tuple(obligations)
    passed = sum(each.verdict == Verdict.PASS for each in listed)
    judged = sum(each.verdict in (Verdict.PASS, Verdict.FAIL, Verdict.NEEDS_REVIEW) for each in listed)
    return Index(
        passed=passed,
        judged=judged,
        percent=100 * passed // judged if judged else None,
        not_testable=tuple(each.obligation for each in listed if each.verdict == Verdict.NOT_TESTABLE),
        not_applicable=tuple(each.obligation for each in listed if each.verdict == Verdict.NOT_APPLICABLE),
    )


def canonical(judgement: Judgement) -> bytes:
    """Return a judgement as JSON with sorted keys."""
    content = judgement.model_dump(mode="json")
    return (json.dumps(content, sort_keys=True, ensure_ascii=False, indent=1) + "\n").encode()


def write(bundle: Bundle, judgement: Judgement) -> Path:
    """Write a judgement to `findings/<policy>.json`, outside the seal, in one step.

    Raises:
        ReportError: the folder is a link, or the disk does not take it; an earlier judgement stays as it was.
    """
    return keep(bundle.root, layout.FINDINGS, f"{judgement.policy}.json", canonical(judgement))


def message_ids() -> Mapping[str, tuple[str, ...]]:
    """Return every message id that rules and engine may use, with the names of its parameters."""
    ids = {**unread.MESSAGES, **MESSAGES}
    for rule in registry.rules().values():
        ids.update(rule.meta.messages)
    return dict(sorted(ids.items()))


# --- one rule ------------------------------------------------------------------------------------------


def _parameters(pack: PolicyPack, rule_id: str, rule: Rule) -> PolicyModel:
    try:
        return rule.Params.model_validate(pack.rules.get(rule_id, {}))
    except ValidationError as error:
        where, problem = first_problem(error)
        raise pack.error(("rules", rule_id, *where), problem) from error


def _rule(case: _Case, rule_id: str, params: PolicyModel) -> RuleResult:
    rule = registry.rules()[rule_id]
    seen = View(case.reading, case.pictures, rule.meta, pack=case.pack, brands=case.brands, on=case.on)
    try:
        answer = rule.run(seen, params)
        findings = _findings(case, rule, answer)
        unseen, checked = seen.unseen, {**seen.rests(), **answer.checked}
    except Exception as error:  # noqa: BLE001 - boundary: a broken rule is a recorded fact, not a lost report
        return _broken(case, rule, seen, error)
    obligation = case.pack.obligation_of(rule_id)
    required = obligation.stages if obligation else ()
    gaps = (*seen.gaps, *unseen, *_never_visited(case, rule, required))
    return RuleResult(
        rule=rule_id,
        version=rule.meta.version,
        verdict=_verdict(findings, gaps, required, applicable=answer.applicable),
        findings=findings,
        gaps=gaps,
        checked=checked,
    )


def _never_visited(case: _Case, rule: Rule, required: tuple[Stage, ...]) -> tuple[Gap, ...]:
    """Return a gap for each required stage of the rule that the run does not even mention."""
    run = case.bundle.run
    visited, declared = {visit.kind for visit in run.visits}, run.scenario.stages
    return tuple(
        Gap(
            rule=rule.meta.id,
            stage=stage,
            visit=None,
            message=message(
                "gap.unreached" if stage in declared else "gap.undeclared",
                stage=stage.value,
                reason="not opened",
            ),
        )
        for stage in required
        if stage in rule.meta.stages and stage not in visited
    )


def _broken(case: _Case, rule: Rule, seen: View, error: Exception) -> RuleResult:
    kind = type(error).__name__
    said = message("gap.rule-error", rule=rule.meta.id, error=kind)
    gap = Gap(rule=rule.meta.id, stage=None, visit=None, message=said)
    return RuleResult(
        rule=rule.meta.id,
        version=rule.meta.version,
        verdict=Verdict.NOT_TESTABLE,
        gaps=(*seen.gaps, gap),
        error=f"{kind}: {error}".replace(str(case.bundle.root), case.bundle.root.name),
    )


def _verdict(
    findings: tuple[Finding, ...], gaps: tuple[Gap, ...], required: tuple[Stage, ...], *, applicable: bool
) -> Verdict:
    """Return a rule's verdict.

    A stage that was not reached, or not confirmed, counts against a pass where the obligation requires it;
    anything else that could not be read, or was not seen, counts wherever it was.
    """
    open_outcomes = {finding.outcome for finding in findings if finding.status == "open"}
    if "fail" in open_outcomes:
        return Verdict.FAIL
    if "needs_review" in open_outcomes:
        return Verdict.NEEDS_REVIEW
    if not applicable:
        return Verdict.NOT_APPLICABLE
    if any(gap.message.id not in OF_STAGES or gap.stage in required for gap in gaps):
        return Verdict.NOT_TESTABLE
    return Verdict.PASS


def _findings(case: _Case, rule: Rule, answer: Answer) -> tuple[Finding, ...]:
    """Return findings in a fixed order, the same observation of one visit put together."""
    merged: dict[tuple[int, str, str], Finding] = {}
    for found in answer.found:
        finding = _finding(case, rule, found)
        key = (finding.visit, finding.fingerprint, finding.status)
        known = merged.get(key)
        merged[key] = _together(known, finding) if known else finding
    return tuple(sorted(merged.values(), key=_order))


def _together(known: Finding, again: Finding) -> Finding:
    """Return a finding that was observed once more, at another place."""
    box = again.locus.box
    more = (Spot(page=again.locus.page, box=box),) if box and len(known.also) < MAX_SPOTS else ()
    return known.model_copy(update={"times": known.times + 1, "also": (*known.also, *more)})


def _order(finding: Finding) -> tuple[object, ...]:
    locus = finding.locus
    return (finding.visit, locus.page, finding.status, finding.fingerprint)


def _finding(case: _Case, rule: Rule, found: Found) -> Finding:
    declared = rule.meta.messages.get(found.message.id)
    if declared is None or set(declared) != set(found.message.params):
        raise RuleError(f"The rule {rule.meta.id} says {found.message.id!r} otherwise than it declares.")
    obligation = case.pack.obligation_of(rule.meta.id)
    assert obligation is not None
    return Finding(
        rule=rule.meta.id,
        rule_version=rule.meta.version,
        outcome=found.outcome,
        severity=_LESS[obligation.severity] if found.hidden else obligation.severity,
        confidence=found.confidence,
        status="excused" if found.excuse else "open",
        excuse=found.excuse,
        visit=found.visit.ordinal,
        stage=found.visit.kind,
        url=found.url,
        locus=found.locus,
        observed=found.observed,
        expected=found.expected,
        article=obligation.article,
        message=found.message,
        evidence=tuple(sorted(set(found.evidence))),
        fingerprint=fingerprint(rule.meta.id, found.visit.kind, found.key),
        hidden=found.hidden,
        pixels=found.pixels,
        reading=found.reading,
        crop_sha256=case.crops.sha256(found.pixels[0]) if found.pixels else "",
    )


def fingerprint(rule_id: str, stage: Stage, key: tuple[str, ...]) -> str:
    """Return what names a finding from night to night: rule, stage kind and the rule's own key."""
    said = json.dumps([rule_id, stage.value, *key], ensure_ascii=False)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:_KEY_CHARS]


# --- obligations ---------------------------------------------------------------------------------------


def _obligation(case: _Case, obligation: Obligation, results: tuple[RuleResult, ...]) -> ObligationResult:
    mine = [result for result in results if result.rule in obligation.rules]
    reached = {visit.kind for visit in case.bundle.run.visits if visit.reached}
    applies = any(result.verdict != Verdict.NOT_APPLICABLE for result in mine)
    missing = tuple(stage for stage in obligation.stages if stage not in reached) if applies else ()
    unconfirmed = _unconfirmed(obligation, mine) if applies else ()
    verdict = obligation_verdict([result.verdict for result in mine], stages_missing=bool(missing))
    return ObligationResult(
        obligation=obligation.id,
        article=obligation.article,
        severity=obligation.severity,
        verdict=verdict,
        rules=obligation.rules,
        stages_missing=missing,
        stages_unconfirmed=unconfirmed,
        why=_why(mine, missing, unconfirmed, verdict),
    )


def obligation_verdict(verdicts: list[Verdict], *, stages_missing: bool) -> Verdict:
    """Return the worst of the rules' verdicts; a required stage not reached stands for not testable."""
    return worst([*verdicts, Verdict.NOT_TESTABLE] if stages_missing else verdicts)


def _unconfirmed(obligation: Obligation, results: list[RuleResult]) -> tuple[Stage, ...]:
    """Return the required stages that were reached and bore no marks, as far as a rule rests on them."""
    said = {gap.stage for result in results for gap in result.gaps if gap.message.id == "gap.unconfirmed"}
    return tuple(stage for stage in obligation.stages if stage in said)


def _why(
    results: list[RuleResult], missing: tuple[Stage, ...], unconfirmed: tuple[Stage, ...], verdict: Verdict
) -> tuple[Message, ...]:
    stages = [message("why.stage-missing", stage=stage.value) for stage in missing]
    stages += [message("why.stage-unconfirmed", stage=stage.value) for stage in unconfirmed]
    rules = [
        message("why.rule", rule=result.rule, verdict=result.verdict.value)
        for result in results
        if result.verdict == verdict and verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)
    ]
    return (*stages, *rules)


def _inputs(case: _Case, results: tuple[RuleResult, ...]) -> dict[str, str]:
    rules = {f"rule:{result.rule}": str(result.version) for result in results}
    overlay = {"exceptions": case.exceptions.sha256} if case.exceptions.sha256 else {}
    return {
        "seal": case.bundle.seal,
        "pack": case.pack.sha256,
        **overlay,
        "brands": case.brands.sha256,
        **data_versions(),
        **case.pictures.versions(),
        **rules,
    }
