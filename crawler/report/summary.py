"""Joins a bundle and its judgement into what a report shows. Nothing here chooses words or layout."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

from crawler.derive.reading import reading_of
from crawler.model.finding import Gap, Message
from crawler.model.policy import PACKS, load_pack
from crawler.report.exhibits import strongest
from crawler.report.pages import pages_of
from crawler.report.proxied import proxied_view
from crawler.report.standing import standing_of
from crawler.report.views import (
    Checked,
    FileView,
    FindingView,
    Integrity,
    ObligationView,
    RuleView,
    Summary,
    Untested,
    VisitView,
)
from crawler.report.wire import Wire
from crawler.store import layout

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.model.evidence import Visit
    from crawler.model.finding import Finding, Judgement, ObligationResult, RuleResult, Sighting
    from crawler.model.policy import PolicyPack
    from crawler.model.scenario import Stage
    from crawler.store.bundle import Bundle


def wire_of(bundle: Bundle, judgement: Judgement) -> Wire:
    """Return the network of a bundle, with the operators of the day that is judged."""
    return Wire(reading_of(bundle), date.fromisoformat(judgement.as_of))


def summary_of(bundle: Bundle, judgement: Judgement) -> Summary:
    """Return what a report shows of a bundle under a judgement, with the table and packs of this Pantau.

    By a pack that is not among them, the regulation is named by the pack's id alone.

    Raises:
        BundleCorrupt: a record of the bundle does not match its seal or its model.
    """
    pack = load_pack(judgement.policy) if judgement.policy in PACKS else None
    run = bundle.run
    wire = wire_of(bundle, judgement)
    findings = _findings(bundle, judgement, wire)
    seen = {each.visit: each for each in judgement.sightings or ()}
    visits = tuple(_visit(bundle, visit, findings, wire, seen.get(visit.ordinal)) for visit in run.visits)
    obligations = tuple(_obligation(result, judgement, findings, pack) for result in judgement.obligations)
    return Summary(
        run_id=run.run_id,
        origin=run.origin,
        target=run.target,
        scenario=run.scenario.id,
        title=run.scenario.title,
        scenario_sha256=run.scenario.sha256,
        start_url=run.scenario.start_url,
        device=run.device,
        session_kind=run.session_kind,
        started=run.started,
        ended=run.ended,
        status=run.status,
        ended_by=run.ended_by,
        detail=run.detail,
        case=run.case,
        policy=judgement.policy,
        regulation=pack.regulation if pack else judgement.policy,
        regulation_title=pack.title.model_dump() if pack else {},
        as_of=judgement.as_of,
        simulated=judgement.simulated,
        verdict=judgement.verdict,
        index=judgement.index,
        standing=standing_of(judgement, obligations, visits, findings),
        obligations=obligations,
        exhibits=strongest(obligations, findings),
        checked=_checked(judgement, visits),
        untested=_untested(judgement, visits),
        visits=visits,
        findings=findings,
        leftovers=judgement.leftovers,
        exceptions=judgement.exceptions or (),
        failures=run.failures,
        guard=run.guard,
        environment=run.environment,
        trust=run.trust,
        proxied=proxied_view(bundle),
        settings=run.settings,
        inputs=judgement.inputs,
        ledger=wire.ledger_view(run.visits),
        integrity=_integrity(bundle),
    )


# --- findings ------------------------------------------------------------------------------------------


def findings_in_order(judgement: Judgement) -> list[Finding]:
    """Return the findings of a judgement as a report numbers them, from 1."""
    return sorted((finding for rule in judgement.rules for finding in rule.findings), key=_journey_order)


def _findings(bundle: Bundle, judgement: Judgement, wire: Wire) -> tuple[FindingView, ...]:
    found = findings_in_order(judgement)
    return tuple(
        FindingView(
            number=number,
            obligations=tuple(o.obligation for o in judgement.obligations if finding.rule in o.rules),
            finding=finding,
            request=wire.request(finding.locus.request) if finding.locus.request else None,
            evidence=tuple(_file_view(bundle, path) for path in finding.evidence),
        )
        for number, finding in enumerate(found, 1)
    )


def _journey_order(finding: Finding) -> tuple[int, bool, int, bool, float, float, str, str]:
    """Order by the journey: visit, what is open, page, from top to bottom, what has no place last."""
    x, y = (finding.locus.box.x, finding.locus.box.y) if finding.locus.box else (0.0, 0.0)
    excused, placeless = finding.status == "excused", finding.locus.box is None
    locus = finding.locus
    return (finding.visit, excused, locus.page, placeless, y, x, finding.rule, finding.fingerprint)


def _file_view(bundle: Bundle, path: str) -> FileView:
    return FileView(path=path, sha256=bundle.sha256(path) if bundle.holds(path) else None)


# --- obligations ---------------------------------------------------------------------------------------


def _obligation(
    result: ObligationResult,
    judgement: Judgement,
    findings: tuple[FindingView, ...],
    pack: PolicyPack | None,
) -> ObligationView:
    rules = tuple(_rule(rule, findings) for rule in judgement.rules if rule.rule in result.rules)
    known = next((each for each in pack.obligations if each.id == result.obligation), None) if pack else None
    return ObligationView(
        obligation=result.obligation,
        article=result.article,
        kind=known.kind if known else "",
        severity=result.severity,
        verdict=result.verdict,
        rules=rules,
        stages=known.stages if known else result.stages_missing,
        stages_missing=result.stages_missing,
        stages_unconfirmed=result.stages_unconfirmed,
        unread=len(_unread(judgement, result)),
        why=result.why,
        findings=tuple(sorted({number for rule in rules for number in rule.findings})),
    )


def _rule(result: RuleResult, findings: tuple[FindingView, ...]) -> RuleView:
    own = [view for view in findings if view.finding.rule == result.rule]
    return RuleView(
        rule=result.rule,
        version=result.version,
        verdict=result.verdict,
        findings=tuple(view.number for view in own if view.finding.status == "open"),
        excused=tuple(view.number for view in own if view.finding.status == "excused"),
        checked=result.checked,
        error=result.error,
    )


def _unread(judgement: Judgement, result: ObligationResult) -> set[str]:
    """Return what an obligation's rules could not read, each thing once."""
    gaps = (gap for rule in judgement.rules if rule.rule in result.rules for gap in rule.gaps)
    return {f"{gap.visit} {gap.stage} {_same_words(gap.message)}" for gap in gaps}


# --- what could and what could not be looked at ---------------------------------------------------------


def _checked(judgement: Judgement, visits: tuple[VisitView, ...]) -> Checked:
    """Sum up what was looked at. Lines are counted only by the rule that reads pictures."""
    pages = [page for visit in visits for page in visit.pages]
    hosts = [host for visit in visits for host in visit.hosts]
    reading = next((rule.checked for rule in judgement.rules if "lines" in rule.checked), None)
    return Checked(
        visits=len(visits),
        reached=sum(visit.reached for visit in visits),
        pages=len(pages),
        texts=sum(page.texts or 0 for page in pages),
        pictures=sum(len(page.pictures) for page in pages),
        pictures_read=reading.get("pages") if reading else None,
        lines_read=reading["lines"] if reading else None,
        requests=sum(host.requests for host in hosts),
        hosts=len({host.host for host in hosts}),
        frames_unread=sum(len(page.unread_frames) for page in pages),
    )


def _same_words(message: Message) -> str:
    """Return what two messages have in common that say the same: a stored one has its parameters by name."""
    return json.dumps(message.model_dump(mode="json"), sort_keys=True)


def _untested(judgement: Judgement, visits: tuple[VisitView, ...]) -> tuple[Untested, ...]:
    """Return the stages not reached and what the rules could not read, each once with all its rules."""
    found: dict[tuple[int | None, Stage | None, str], tuple[Message, list[str]]] = {}
    for gap in (*(gap for visit in visits for gap in _unreached(visit)), *_gaps(judgement)):
        key = (gap.visit, gap.stage, _same_words(gap.message))
        rules = found.setdefault(key, (gap.message, []))[1]
        rules += [gap.rule] if gap.rule and gap.rule not in rules else []
    ordered = sorted(found.items(), key=lambda item: (item[0][0] or 0, item[0][2]))
    return tuple(
        Untested(visit=visit, stage=stage, rules=tuple(rules), message=message)
        for (visit, stage, _), (message, rules) in ordered
    )


def _gaps(judgement: Judgement) -> Iterator[Gap]:
    for rule in judgement.rules:
        yield from rule.gaps


def _unreached(visit: VisitView) -> Iterator[Gap]:
    """Yield that a stage was not reached, in the words of the rules: it counts if no rule misses it, too."""
    if not visit.reached:
        params = {"stage": visit.kind.value, "reason": visit.reason or "not opened"}
        told = Message(id="gap.unreached", params=params)
        yield Gap(rule="", stage=visit.kind, visit=visit.ordinal, message=told)


# --- stages --------------------------------------------------------------------------------------------


def _visit(
    bundle: Bundle, visit: Visit, findings: tuple[FindingView, ...], wire: Wire, seen: Sighting | None
) -> VisitView:
    refusals = bundle.run.guard.refusals if bundle.run.guard else ()
    own = [view for view in findings if view.finding.visit == visit.ordinal]
    requests = {view.request.id: view.request for view in own if view.request}
    return VisitView(
        ordinal=visit.ordinal,
        kind=visit.kind,
        reached=visit.reached,
        confirmed=seen.state if seen else None,
        marks_found=seen.found if seen else (),
        marks_looked_for=seen.looked_for if seen else (),
        reason=visit.reason,
        detail=visit.detail,
        urls=visit.urls,
        started=visit.started,
        ended=visit.ended,
        pages=pages_of(bundle, visit),
        findings=tuple(view.number for view in own),
        hosts=wire.hosts(visit.ordinal),
        requests=tuple(sorted(requests.values(), key=lambda request: (request.time, request.id))),
        refusals=tuple(refusal for refusal in refusals if refusal.visit == visit.ordinal),
        failures=visit.failures,
    )


# --- seal ----------------------------------------------------------------------------------------------


def _integrity(bundle: Bundle) -> Integrity:
    info = _bag_info(bundle)
    outside = {path.name for path in bundle.root.iterdir()}
    return Integrity(
        seal=bundle.seal,
        chain_head=info.get("Pantau-Chain-Head", ""),
        chain_lines=bundle.read(layout.CHAIN).count(b"\n"),
        files=len(bundle.paths()),
        bytes=sum((bundle.root / path).stat().st_size for path in bundle.paths()),
        sealed=info.get("Pantau-Sealed", ""),
        dropped_lines=bundle.run.dropped_lines,
        signature="signature.json" in outside,
        timestamps=tuple(sorted(name for name in outside if name.endswith(".tsr"))),
    )


def _bag_info(bundle: Bundle) -> dict[str, str]:
    lines = (bundle.root / layout.BAG_INFO).read_text(encoding="utf-8").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
