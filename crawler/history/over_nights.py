"""What became of each finding of a journey since it was last seen.

A night visits a journey once or twice. `standing` is what nights before left open; each finding of it is
held against the bundle that showed it last, so that a night which could not look loses nothing. What changed
has to show in both visits of tonight: what shows in one only is *unstable*, and nothing is *gone* that was
not looked for twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crawler.history.findings import COMPARED, finding_changes
from crawler.model.finding import Message
from crawler.model.night import NightFinding, Sighting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from crawler.history.judged import Judged
    from crawler.model.finding import Finding
    from crawler.model.night import FindingState, Night
    from crawler.model.scenario import Stage

MOVED = ("new", "changed", "gone")  # what a journey is walked again for
STANDING = ("new", "changed", "still-there", "not-looked", "unstable")
_ORDER = ("new", "changed", "unstable", "not-looked", "gone", "still-there")


class Key(NamedTuple):
    """What makes two findings the same one."""

    rule: str
    stage: Stage
    fingerprint: str


class FindingTonight(NamedTuple):
    """What one visit of tonight says of one finding."""

    state: FindingState
    finding: Finding | None
    why: tuple[Message, ...] = ()
    differs: tuple[str, ...] = ()


def standing_before(nights: Sequence[Night], target: str, device: str) -> tuple[NightFinding, ...]:
    """Return what the nights so far left open of a journey; void nights count for nothing.

    Args:
        nights: The nights before, in their order.
        target: Id of the target.
        device: The device.
    """
    for night in reversed(nights):
        journey = None if night.void else night.journey(target, device)
        if journey is not None:
            return tuple(each for each in journey.findings if _goes_on(each, night.date))
    return ()


def _goes_on(finding: NightFinding, on: date) -> bool:
    """Say whether a finding goes on to the next night; what showed once and for the first time does not."""
    if finding.state == "unstable":
        return finding.first_seen.date < on
    return finding.state in STANDING


def remedied_before(nights: Iterable[Night], target: str, device: str) -> dict[Key, date]:
    """Return the findings of a journey that were remedied once, each with the last date of that."""
    found: dict[Key, date] = {}
    for night in nights:
        journey = None if night.void else night.journey(target, device)
        for each in journey.findings if journey else ():
            if each.state == "gone":
                found[Key(each.rule, each.stage, each.fingerprint)] = night.date
    return found


def visit_states(
    visit: Judged, standing: Sequence[NightFinding], load: Callable[[str], Judged | None]
) -> dict[Key, FindingTonight]:
    """Return what one visit says of all that stood, and of all that it shows.

    Args:
        visit: A judged visit of tonight.
        standing: What nights before left open.
        load: Returns the judged bundle of a name, None where it is not there any more.
    """
    before = {Key(each.rule, each.stage, each.fingerprint): each for each in standing}
    shown = findings_by_key(visit)
    seen = {key: _change_of_shown(finding, before.get(key)) for key, finding in shown.items()}
    missing = {key: each for key, each in before.items() if key not in shown}
    for bundle in dict.fromkeys(each.last_seen.bundle for each in missing.values()):
        keys = {key for key, each in missing.items() if each.last_seen.bundle == bundle}
        seen |= _looked_for_again(keys, bundle, visit, load)
    return seen


def findings_by_key(visit: Judged) -> dict[Key, Finding]:
    """Return the findings of a visit; of several with one fingerprint at one kind of stage the first."""
    found: dict[Key, Finding] = {}
    for result in visit.judgement.rules:
        for each in result.findings:
            found.setdefault(Key(each.rule, each.stage, each.fingerprint), each)
    return found


def _change_of_shown(finding: Finding, before: NightFinding | None) -> FindingTonight:
    if before is None:
        return FindingTonight("new", finding)
    differs = tuple(name for name in COMPARED if getattr(before, name) != getattr(finding, name))
    return FindingTonight("changed" if differs else "still-there", finding, differs=differs)


def _looked_for_again(
    keys: set[Key], bundle: str, visit: Judged, load: Callable[[str], Judged | None]
) -> dict[Key, FindingTonight]:
    """Return of findings that a visit does not show whether it looked as the bundle did that showed them."""
    older = load(bundle)
    if older is None:
        why = (Message(id="night.bundle-missing", params={"bundle": bundle}),)
        return {key: FindingTonight("not-looked", None, why) for key in keys}
    found = dict.fromkeys(keys, FindingTonight("not-looked", None, (Message(id="night.judged-otherwise"),)))
    for change in finding_changes(older, visit):
        key = Key(change.rule, change.stage, change.fingerprint)
        if key in keys and change.state in ("gone", "not-looked"):
            found[key] = FindingTonight(change.state, None, change.why)
    return found


def night_findings(
    visits: Sequence[tuple[Sighting, Judged]],
    standing: Sequence[NightFinding],
    load: Callable[[str], Judged | None],
    *,
    remedied: dict[Key, date],
    void: bool,
) -> tuple[NightFinding, ...]:
    """Return what a night says of every finding of a journey, what a person has to look at first.

    Args:
        visits: The judged visits of tonight, the one that counts first; none where nothing was seen.
        standing: What nights before left open.
        load: As for `visit_states`.
        remedied: Findings that were remedied before, with the date.
        void: The canary fell: nothing counts as gone.
    """
    before = {Key(each.rule, each.stage, each.fingerprint): each for each in standing}
    if not visits:
        why = (Message(id="night.nothing-seen"),)
        return tuple(each.model_copy(update={"state": "not-looked", "why": why}) for each in standing)
    states = [visit_states(visit, standing, load) for _, visit in visits]
    found = []
    for key in dict.fromkeys(key for each in states for key in each):
        seen = [each.get(key) for each in states]
        met = _met(key, seen, visits, known=key in before)
        if void and met.state == "gone":
            met = met._replace(state="not-looked", why=(Message(id="night.void"),))
        where = next(
            (sighting for (sighting, _), each in zip(visits, seen, strict=True) if _shows(each)), None
        )
        stood = before.get(key)
        found.append(_night_finding(key, met, where, stood, None if stood else remedied.get(key)))
    return tuple(sorted(found, key=lambda each: (_ORDER.index(each.state), each.stage, each.rule)))


def _met(
    key: Key, seen: list[FindingTonight | None], visits: Sequence[tuple[Sighting, Judged]], *, known: bool
) -> FindingTonight:
    """Return what both visits together say of one finding."""
    if len(seen) == 1:
        only = seen[0]
        assert only is not None
        return _without_gone(only)
    first, second = seen
    shown = [each for each in (first, second) if each is not None and each.finding is not None]
    if len(shown) == 2:
        same = shown[0].state == shown[1].state
        return shown[0] if same else shown[0]._replace(state="unstable")
    if shown:
        return _in_one(key, shown[0], 0 if first is shown[0] else 1, visits)
    looked = [each for each in (first, second) if each is not None and each.state == "gone"]
    if known and len(looked) == 2:
        return looked[0]
    return next(each for each in (first, second) if each is not None and each.state != "gone")


def _without_gone(seen: FindingTonight) -> FindingTonight:
    """Return what one visit alone may say: nothing of it is gone."""
    if seen.state == "gone":
        return seen._replace(state="not-looked", why=(Message(id="night.seen-once"),))
    return seen


def _in_one(
    key: Key, shown: FindingTonight, number: int, visits: Sequence[tuple[Sighting, Judged]]
) -> FindingTonight:
    """Return what to say of a finding that one visit shows and the other does not.

    Where the other looked as whole it is unstable; where it could not, what was seen holds.
    """
    here, other = visits[number][1], visits[1 - number][1]
    for change in finding_changes(here, other):
        if Key(change.rule, change.stage, change.fingerprint) == key:
            if change.state == "gone":
                return shown._replace(state="unstable")
            return shown._replace(why=(*shown.why, *change.why))
    return shown


def _shows(seen: FindingTonight | None) -> bool:
    return seen is not None and seen.finding is not None


def _night_finding(
    key: Key, met: FindingTonight, where: Sighting | None, before: NightFinding | None, returned: date | None
) -> NightFinding:
    """Return the record of a finding: as it stood, where nothing of tonight shows it."""
    finding = met.finding
    if finding is None or where is None:
        assert before is not None
        return before.model_copy(update={"state": met.state, "why": met.why, "differs": (), "returned": None})
    return NightFinding(
        state=met.state,
        rule=key.rule,
        stage=key.stage,
        fingerprint=key.fingerprint,
        outcome=finding.outcome,
        status=finding.status,
        severity=finding.severity,
        hidden=finding.hidden,
        observed=finding.observed,
        url=finding.url,
        first_seen=before.first_seen if before else where,
        last_seen=where,
        differs=met.differs,
        why=met.why,
        returned=returned,
    )
