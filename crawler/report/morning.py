"""The morning page: what a night has to say, as one HTML file that needs nothing else, read in a minute.

It lies in the night's folder and leads by relative links into the reports of the runs. Text of pages leaves
through `visible` or Jinja's escaping, as in a report; no script, no network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crawler.lib.i18n import Language, Translator, translate
from crawler.model.finding import VERDICT_ORDER, Message
from crawler.model.night import Sighting
from crawler.report.morning_moves import moves_of
from crawler.report.morning_notices import notice_views
from crawler.report.morning_pictures import PairedPictures
from crawler.report.morning_sources import Links, Sources, numbered, side_view
from crawler.report.morning_views import (
    Cards,
    ChainHead,
    FindingPair,
    Morning,
    MovesView,
    TargetView,
    UnseenView,
)
from crawler.report.sparkline import sparkline
from crawler.report.templating import stylesheet, templates
from crawler.report.words import Words
from crawler.store.beside import keep
from crawler.store.nights import night_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from crawler.history.judged import JourneyPlace, Judged
    from crawler.model.after import AfterNight
    from crawler.model.night import JobOutcome, JourneyNight, Night, NightFinding, NotObserved
    from crawler.report.morning_sources import Addresses, Load

TREND_NIGHTS = 30
OUTCOMES = ("fail", "needs_review")


def write_morning(
    night: Night,
    before: Sequence[Night],
    *,
    out: Path,
    nights: Path,
    load: Load,
    lang: Language = "id",
    after: AfterNight | None = None,
    moves: Sequence[MovesView] | None = None,
) -> Path:
    """Write `<nights>/<date>/morning-<lang>.html` and return its path.

    Args:
        night: The night that it tells of.
        before: The nights before it, in their order.
        out: Folder of the evidence, whose reports it leads to.
        nights: Folder of the nights' records.
        load: Returns the judged bundle of a name, None where it is gone or cannot be read.
        lang: The language.
        after: What followed the night, once it is known: notices, and channels that took no digest.
        moves: What `moves_of` returned, where it is asked for once for several pages.

    Raises:
        ReportError: the file cannot be written; the night's record is untouched.
    """
    folder = night_folder(nights, night.date)
    links = Links(out, folder, lang)
    morning = morning_of(night, before, load=load, lang=lang, links=links, after=after, moves=moves)
    text = render(morning, lang)
    return keep(nights, folder.name, f"morning-{lang}.html", text.encode())


def morning_of(
    night: Night,
    before: Sequence[Night],
    *,
    load: Load,
    lang: Language,
    links: Addresses,
    after: AfterNight | None = None,
    moves: Sequence[MovesView] | None = None,
) -> Morning:
    """Return what the page of a night shows; arguments as for `write_morning`."""
    sources = Sources(load, links, PairedPictures())
    pairs = [
        _finding_pair(night, journey, seen, sources)
        for journey in night.journeys
        for seen in journey.findings
        if seen.status == "open" and seen.state != "still-there"
    ]
    pairs.sort(key=_weight)
    heads = [ChainHead(each.bundle, each.chain_head, each.seal) for each in _outcomes(night) if each.bundle]
    targets = _targets(night, before, links, translate(lang))
    return Morning(
        night=night,
        targets=targets,
        new=_cards(pairs, "new", "changed"),
        remedied=Cards(()) if night.void else _cards(pairs, "gone"),
        unsure=_cards(pairs, "unstable", "not-looked", *(("gone",) if night.void else ())),
        unseen=tuple(_unseen_view(entry, night, sources) for entry in night.not_observed),
        still=sum(journey.count("still-there") for journey in night.journeys),
        heads=tuple(sorted(heads, key=lambda each: each.bundle)),
        moves=moves_of(night, load) if moves is None else tuple(moves),
        notices=notice_views(after.notices, night, sources) if after else (),
        troubles=tuple(_troubles(after)) if after else (),
        pictures_left_out=sources.pictures.left_out,
    )


def _troubles(after: AfterNight) -> Iterator[Message]:
    """Yield what the keeper of the nights has to see to: dead channels, and what the disk needs."""
    for dead in after.alerts.failed:
        if dead.why is not None:
            yield Message(id=f"morning.{dead.why.id}", params={"channel": dead.channel} | dead.why.params)
    yield from (event.message for event in after.alerts.events if event.kind == "disk-low")


def render(morning: Morning, lang: Language) -> str:
    """Return the page as HTML."""
    environment = templates()
    environment.globals |= Words(translate(lang)).by_name()
    environment.globals |= {"style": stylesheet("style.css") + stylesheet("morning.css")}
    return environment.get_template("morning.html.j2").render(m=morning, night=morning.night, lang=lang)


# --- findings ------------------------------------------------------------------------------------------


def _cards(pairs: Iterable[FindingPair], *states: str) -> Cards:
    """Return the findings in some states, those beside the same pictures together, where the first stood."""
    found: dict[tuple[object, ...], list[FindingPair]] = {}
    for pair in pairs:
        if pair.seen.state in states:
            found.setdefault(pair.shown_as, []).append(pair)
    return Cards(tuple(tuple(card) for card in found.values()))


def _weight(pair: FindingPair) -> tuple[int, int, str, str, str]:
    seen = pair.seen
    severity = ("high", "medium", "low").index(seen.severity)
    return (OUTCOMES.index(seen.outcome), severity, pair.target, pair.device, seen.stage.value)


def _finding_pair(night: Night, journey: JourneyNight, seen: NightFinding, sources: Sources) -> FindingPair:
    """Return a finding with its two pictures: seen tonight, it is compared with the last good night."""
    load, links, pictures = sources
    is_new = seen.state in ("new", "changed", "unstable")
    shown_in = load(seen.last_seen.bundle)
    tonight = Sighting(date=night.date, bundle=journey.bundle) if journey.bundle else None
    against = journey.last_good if is_new else tonight
    other = load(against.bundle) if against else None
    number, finding = numbered(seen, shown_in)
    here, there = pictures.of_finding(finding, shown_in, other, shown_is_new=is_new)
    shown = side_view(here, seen.last_seen, links.report(shown_in))
    opposite = side_view(there, against, links.report(other))
    before, after = (opposite, shown) if is_new else (shown, opposite)
    report = links.report(shown_in, number)
    return FindingPair(journey.target, journey.device, seen, finding, report, before, after)


# --- what was not seen ---------------------------------------------------------------------------------


def _unseen_view(entry: NotObserved, night: Night, sources: Sources) -> UnseenView:
    load, links, pictures = sources
    journey = night.journey(entry.target, entry.device)
    good = journey.last_good if journey else None
    walked = Sighting(date=night.date, bundle=journey.bundle) if journey and journey.bundle else None
    earlier, tonight = (load(each.bundle) if each else None for each in (good, walked))
    before = (
        pictures.of_place(earlier, _first_unreached(earlier, entry))
        if good
        else Message(id="morning.no-earlier")
    )
    after = pictures.of_place(tonight, _first_unreached(tonight, entry))
    return UnseenView(
        entry=entry,
        before=side_view(before, good, links.report(earlier)),
        after=side_view(after, walked, links.report(tonight)),
    )


def _first_unreached(run: Judged | None, entry: NotObserved) -> JourneyPlace | None:
    """Return the first place of the stage that was not reached; of a whole journey its first stage."""
    if run is None:
        return None
    places = [place for place in run.visits if entry.stage in (None, place.stage)]
    missed = [place for place in places if not run.visits[place].reached]
    return next(iter(missed or places), None)


# --- targets -------------------------------------------------------------------------------------------


def _targets(
    night: Night, before: Sequence[Night], links: Addresses, t: Translator
) -> tuple[TargetView, ...]:
    """Return the targets, the worst first."""
    views = []
    for number, journey in enumerate(night.journeys, 1):
        outcome = night.outcome(journey.bundle) if journey.bundle else None
        stages = outcome.stages if outcome else ()
        views.append(
            TargetView(
                journey=journey,
                verdict=outcome.verdict if outcome else None,
                index=outcome.index if outcome else None,
                reached=sum(stand.reached for stand in stages),
                stages=tuple(stand.stage for stand in stages),
                missed=tuple(stand.stage for stand in stages if not stand.reached),
                trend=_trend((*before, night), journey, number, t),
                report=links.report_of(outcome),
            )
        )
    return tuple(sorted(views, key=_badness))


def _badness(view: TargetView) -> tuple[int, bool, int, int, int, str, str]:
    """Order the worst first: new indications, then what nobody saw, then by verdict and what is open."""
    found = [each for each in view.journey.findings if each.status == "open" and each.state != "gone"]
    fresh = sum(each.state in ("new", "changed") and each.outcome == "fail" for each in found)
    verdict = VERDICT_ORDER.index(view.verdict) if view.verdict else 0
    journey = view.journey
    return (
        -fresh,
        view.verdict is not None,
        verdict,
        -len(view.missed),
        -len(found),
        journey.target,
        journey.device,
    )


def _trend(nights: Sequence[Night], journey: JourneyNight, number: int, t: Translator) -> Any:
    percents = []
    for night in nights[-TREND_NIGHTS:]:
        then = night.journey(journey.target, journey.device)
        if then is not None:
            outcome = night.outcome(then.bundle) if then.bundle else None
            percents.append(outcome.index.percent if outcome and outcome.index else None)
    return sparkline(percents, t("morning.trend", n=len(percents)), number)


def _outcomes(night: Night) -> list[JobOutcome]:
    walked = night.canary.outcome if night.canary else None
    return [*night.outcomes, *([walked] if walked else [])]
