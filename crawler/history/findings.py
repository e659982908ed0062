"""What became of each finding between two runs, by its fingerprint.

A finding is *gone* only where the newer run looked as the older did: the same place of the journey was
reached, it belongs to the same business, and the rule that found it ran in the same version and says of no
part of that place that it could not be read. Anything less is *not looked*.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.history.looked import concerns
from crawler.model.comparison import FindingChange, VerdictMove
from crawler.model.finding import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from crawler.history.judged import JourneyPlace, Judged
    from crawler.history.variants import OtherVariant
    from crawler.model.finding import Finding, RuleResult

COMPARED = ("outcome", "status", "severity", "observed", "hidden")
_ORDER = ("new", "changed", "not-looked", "gone", "still-there")

_Key = tuple[str, str, str]


def finding_changes(
    old: Judged, new: Judged, variants: Mapping[JourneyPlace, OtherVariant] | None = None
) -> tuple[FindingChange, ...]:
    """Return what became of every finding of either run: what a person has to look at comes first.

    Args:
        old: The older run.
        new: The newer run.
        variants: Places where the newer run was served another variant of the page: what the older one showed
            there was not looked for, and what a known variant showed before is not new.
    """
    others = variants or {}
    before, after = _by_key(old), _by_key(new)
    places = ((key, old.place(each.visit)) for key, each in before.items())
    unserved = {key: others[place] for key, place in places if place is not None and place in others}
    known = _of_known_variants(others) if others else {}
    changes = [
        *(_change_of_kept(before[key], after[key]) for key in before.keys() & after.keys()),
        *(_change_of_kept(known[key][1], after[key]) for key in after.keys() & known.keys() - before.keys()),
        *(_came(after[key], old) for key in after.keys() - before.keys() - known.keys()),
        *(_went(before[key], old, new) for key in before.keys() - after.keys() - unserved.keys()),
        *(_not_served(before[key], unserved[key]) for key in unserved.keys() - after.keys()),
        *(_went(known[key][1], known[key][0], new) for key in known.keys() - after.keys() - before.keys()),
    ]
    return tuple(sorted(changes, key=_rank))


def _of_known_variants(variants: Mapping[JourneyPlace, OtherVariant]) -> dict[_Key, tuple[Judged, Finding]]:
    """Return what the known variants showed at their places, each with its run."""
    found: dict[_Key, tuple[Judged, Finding]] = {}
    for place, variant in variants.items():
        if variant.kind == "known":
            for key, finding in _by_key(variant.against).items():
                if variant.against.place(finding.visit) == place:
                    found.setdefault(key, (variant.against, finding))
    return found


def _not_served(old: Finding, variant: OtherVariant) -> FindingChange:
    params = {"kind": variant.kind, "run": variant.against.bundle.run.run_id}
    return _change("not-looked", old, None, why=(Message(id="compare.other-variant", params=params),))


def verdict_moves(old: Judged, new: Judged) -> tuple[VerdictMove, ...]:
    """Return the obligations whose verdict is another one, in the order of the newer pack."""
    before = {each.obligation: each.verdict for each in old.judgement.obligations}
    after = {each.obligation: each.verdict for each in new.judgement.obligations}
    names = dict.fromkeys((*after, *before))
    return tuple(
        VerdictMove(obligation=name, old=before.get(name), new=after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    )


def _by_key(side: Judged) -> dict[_Key, Finding]:
    """Return the findings of a run; of several with one fingerprint at one kind of stage the first."""
    found: dict[_Key, Finding] = {}
    for result in side.judgement.rules:
        for finding in result.findings:
            found.setdefault((finding.rule, finding.stage.value, finding.fingerprint), finding)
    return found


def _change_of_kept(old: Finding, new: Finding) -> FindingChange:
    differs = tuple(name for name in COMPARED if getattr(old, name) != getattr(new, name))
    return _change("changed" if differs else "still-there", old, new, differs=differs)


def _came(new: Finding, old_run: Judged) -> FindingChange:
    """A finding of the newer run alone; where the older run did not look, `why` says so."""
    return _change("new", None, new, why=tuple(_unlooked(new, old_run)))


def _went(old: Finding, old_run: Judged, new_run: Judged) -> FindingChange:
    why = tuple(_unlooked(old, new_run, seen_by=old_run))
    return _change("not-looked" if why else "gone", old, None, why=why)


def _unlooked(finding: Finding, run: Judged, seen_by: Judged | None = None) -> Iterator[Message]:
    """Yield what kept a run from looking where another run found something."""
    result = run.rule(finding.rule)
    if result is None:
        yield Message(id="compare.rule-missing")
        return
    if result.error:
        yield Message(id="compare.rule-failed", params={"error": result.error})
    if result.version != finding.rule_version:
        params = {"old": finding.rule_version, "new": result.version}
        yield Message(id="compare.rule-changed", params=params)
    yield from _unlooked_place(finding, run, result, seen_by)


def _unlooked_place(
    finding: Finding, run: Judged, result: RuleResult, seen_by: Judged | None
) -> Iterator[Message]:
    place = seen_by.place(finding.visit) if seen_by else None
    visits = [
        visit
        for found, visit in run.visits.items()
        if (found == place if place else found.stage == finding.stage) and visit.reached
    ]
    if not visits:
        yield Message(id="compare.stage-missing", params={"stage": finding.stage.value})
        return
    if seen_by and place and run.business(visits[0]) != seen_by.business(seen_by.visits[place]):
        yield Message(id="compare.other-business")
    ordinals = {visit.ordinal for visit in visits}
    yield from _gaps(result, ordinals, finding)


def _gaps(result: RuleResult, ordinals: set[int], finding: Finding) -> Iterator[Message]:
    """Yield what a rule says that it could not read at these visits, each once."""
    told: set[str] = set()
    for gap in result.gaps:
        concerned = concerns(
            message=gap.message.id,
            reader=gap.message.params.get("reader"),
            gap_visit=gap.visit,
            gap_stage=gap.stage.value if gap.stage else None,
            visits=ordinals,
            stage=finding.stage.value,
        )
        if concerned and str(gap.message) not in told:
            told.add(str(gap.message))
            yield gap.message


def _change(
    state: str,
    old: Finding | None,
    new: Finding | None,
    *,
    differs: Iterable[str] = (),
    why: Iterable[Message] = (),
) -> FindingChange:
    shown = new or old
    assert shown is not None
    return FindingChange.model_validate(
        {
            "state": state,
            "rule": shown.rule,
            "stage": shown.stage,
            "fingerprint": shown.fingerprint,
            "old": old,
            "new": new,
            "differs": tuple(differs),
            "why": tuple(why),
        }
    )


def _rank(change: FindingChange) -> tuple[int, bool, bool, str, str, str]:
    shown = change.new or change.old
    assert shown is not None
    excused, mild = shown.status == "excused", shown.outcome == "needs_review"
    return (_ORDER.index(change.state), excused, mild, change.rule, change.stage.value, change.fingerprint)
