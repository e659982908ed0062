"""Targets over their runs: what each run says, and how long each finding stood.

A finding is *remedied* only by a run that looked as the one before did: the same place of the journey was
reached on the same site, and its rule ran in the same version without a gap there. A run that did not look
leaves the finding as it was, *not looked*.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from crawler.history.looked import concerns
from crawler.lib.hosts import host_of, registrable
from crawler.model.finding import Verdict
from crawler.model.policy import PACKS, load_pack
from crawler.model.trend import Series, TrackedFinding, TrendPoint

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from crawler.model.trend import TrackState
    from crawler.store.index.series import JudgedRun, SeenFinding


class _Target(NamedTuple):
    target: str
    scenario: str
    device: str
    simulated: bool


class _Key(NamedTuple):
    rule: str
    stage: str
    fingerprint: str


@dataclass
class _Track:
    """A finding on its way: what was seen of it last, at the how-manieth visit of its kind, on which site."""

    last: SeenFinding
    place: int
    site: str | None
    state: TrackState
    first_seen: date
    opened: date
    last_seen: date
    first_bundle: str
    last_bundle: str
    remedied: date | None = None
    returned: int = 0


@dataclass
class _Night:
    """A journey and its repeats: they are one observation."""

    runs: list[JudgedRun] = field(default_factory=list)

    @property
    def first(self) -> JudgedRun:
        return self.runs[0]

    @property
    def day(self) -> date:
        return date.fromisoformat(self.first.as_of)


def series_of(
    runs: Iterable[JudgedRun], *, policy: str | None = None, void: Collection[str] = ()
) -> tuple[Series, ...]:
    """Return the series of every target, scenario and device, by name.

    Args:
        runs: What the index holds, in the order of their days.
        policy: The pack whose judgements count; unless given, the one in force on a run's day, or else the
            last that judged it.
        void: Bundles of nights whose canary failed: nothing is remedied by them.
    """
    found: dict[_Target, list[_Night]] = {}
    for run in _one_judgement_each(runs, policy):
        key = _Target(run.target, run.scenario, run.device, run.simulated)
        _put(found.setdefault(key, []), run)
    return tuple(_series(key, nights, void) for key, nights in sorted(found.items()))


def _one_judgement_each(runs: Iterable[JudgedRun], policy: str | None) -> list[JudgedRun]:
    packs = [load_pack(pack_id) for pack_id in PACKS]
    chosen: dict[str, JudgedRun] = {}
    for run in runs:
        day = date.fromisoformat(run.as_of)
        wanted = policy or next((pack.id for pack in packs if pack.in_force(day)), None)
        known = chosen.get(run.bundle)
        if run.policy == wanted or (policy is None and (known is None or known.policy != wanted)):
            chosen[run.bundle] = run
    return list(chosen.values())


def _put(nights: list[_Night], run: JudgedRun) -> None:
    """Add a run: to the journey that it repeats, else as one of its own."""
    if run.repeat_of:
        for night in reversed(nights):
            if any(run.repeat_of in (each.run_id, each.bundle) for each in night.runs):
                night.runs.append(run)
                return
    nights.append(_Night([run]))


def _series(key: _Target, nights: list[_Night], void: Collection[str]) -> Series:
    tracks: dict[_Key, _Track] = {}
    points = []
    for night in nights:
        is_void = any(run.bundle in void for run in night.runs)
        points.append(_point(night, is_void=is_void))
        _follow(tracks, night, is_void=is_void)
    last = nights[-1].day
    findings = sorted(
        (_tracked(found, track, last) for found, track in tracks.items()),
        key=lambda each: (each.first_seen, each.rule, each.stage, each.fingerprint),
    )
    return Series(**key._asdict(), points=tuple(points), findings=tuple(findings))


def _point(night: _Night, *, is_void: bool) -> TrendPoint:
    run = night.first
    counted = Counter(finding.rule for finding in run.findings if finding.status == "open")
    return TrendPoint(
        bundle=run.bundle,
        day=night.day,
        started=run.started,
        status=run.status,
        policy=run.policy,
        verdict=Verdict(run.verdict),
        passed=run.passed,
        judged=run.judged,
        percent=run.percent,
        left=run.left,
        unmeasured=run.unmeasured,
        stages=len(run.visits),
        unobserved=sum(not visit.reached for visit in run.visits),
        findings=dict(sorted(counted.items())),
        repeats=len(night.runs) - 1,
        void=is_void,
    )


# --- findings from night to night ------------------------------------------------------------------------


def _follow(tracks: dict[_Key, _Track], night: _Night, *, is_void: bool) -> None:
    """Bring every finding's track up to a night."""
    seen: dict[_Key, tuple[JudgedRun, SeenFinding]] = {}
    for run in night.runs:
        for finding in run.findings:
            seen.setdefault(_Key(finding.rule, finding.stage, finding.fingerprint), (run, finding))
    for key, (run, finding) in seen.items():
        _sighted(tracks, key, run, finding, night.day)
    for key, track in tracks.items():
        if key not in seen and track.state in ("open", "not-looked"):
            looked = not is_void and all(_looked_again(run, track) for run in night.runs)
            track.state = "remedied" if looked else "not-looked"
            track.remedied = night.day if looked else None


def _sighted(tracks: dict[_Key, _Track], key: _Key, run: JudgedRun, finding: SeenFinding, day: date) -> None:
    state: TrackState = "excused" if finding.status == "excused" else "open"
    visit = next((visit for visit in run.visits if visit.ordinal == finding.visit), None)
    place, site = (visit.nth, _site(visit.url)) if visit else (1, None)
    track = tracks.get(key)
    if track is None:
        tracks[key] = _Track(finding, place, site, state, day, day, day, run.bundle, run.bundle)
        return
    if track.state in ("remedied", "excused") and state == "open":
        track.returned += track.state == "remedied"
        track.opened = day
    track.last, track.place, track.site = finding, place, site
    track.state, track.remedied = state, None
    track.last_seen, track.last_bundle = day, run.bundle


def _looked_again(run: JudgedRun, track: _Track) -> bool:
    """Say whether a run looked where a finding was seen, as it was looked for then."""
    finding = track.last
    if run.rules.get(finding.rule) != finding.rule_version:
        return False
    there = [
        visit
        for visit in run.visits
        if visit.reached and (visit.stage, visit.nth) == (finding.stage, track.place)
    ]
    if not there or _site(there[0].url) != track.site:
        return False
    ordinals = {visit.ordinal for visit in there}
    return not any(
        gap.rule == finding.rule
        and concerns(
            message=gap.message,
            reader=gap.reader,
            gap_visit=gap.visit,
            gap_stage=gap.stage,
            visits=ordinals,
            stage=finding.stage,
        )
        for gap in run.gaps
    )


def _site(url: str) -> str | None:
    host = host_of(url)
    return registrable(host) if host else None


def _tracked(key: _Key, track: _Track, last: date) -> TrackedFinding:
    until = track.remedied or (track.last_seen if track.state == "excused" else last)
    return TrackedFinding(
        rule=key.rule,
        stage=key.stage,
        fingerprint=key.fingerprint,
        observed=track.last.observed,
        outcome=track.last.outcome,
        severity=track.last.severity,
        state=track.state,
        first_seen=track.first_seen,
        opened=track.opened,
        last_seen=track.last_seen,
        remedied=track.remedied,
        days=(until - track.opened).days,
        returned=track.returned,
        first_bundle=track.first_bundle,
        last_bundle=track.last_bundle,
    )
