"""The nouns of a judgement: finding, rule result, obligation result, index.

Nothing here is prose: a message is an id with parameters, and the language is chosen when it is shown.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from crawler.model.box import ImageBox
from crawler.model.evidence import CssBox, Record
from crawler.model.scenario import Stage


class Verdict(StrEnum):
    """What is said of a rule or an obligation."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    NEEDS_REVIEW = "needs_review"
    NOT_TESTABLE = "not_testable"
    NOT_APPLICABLE = "not_applicable"


VERDICT_ORDER = (
    Verdict.FAIL,
    Verdict.NEEDS_REVIEW,
    Verdict.NOT_TESTABLE,
    Verdict.PASS,
    Verdict.NOT_APPLICABLE,
)


def worst(verdicts: list[Verdict]) -> Verdict:
    """Return the verdict that comes first in `VERDICT_ORDER`; not applicable when there is none."""
    return min(verdicts, key=VERDICT_ORDER.index, default=Verdict.NOT_APPLICABLE)


class Locus(Record):
    """Where a finding sits: a box on a page picture, a text channel, or a request.

    `element`, `src` and `href` are those of the page's element there: a short path to it, the address it is
    shown from, and where the link leads that it stands in.
    """

    page: int = 1
    box: CssBox | None = None
    channel: str = ""
    element: str = ""
    src: str = ""
    href: str = ""
    frame: str = ""
    request: str | None = None


class Message(Record):
    """Message id with parameters; the report looks up the sentence in its language."""

    id: str
    params: dict[str, Any] = Field(default_factory=dict)


class Excuse(Record):
    """Why a mention is legitimate, by the phrase or place the pack allows."""

    phrase: str
    reason: str
    source: str = ""


class PixelPlace(Record):
    """Where something lies on an original picture: the file, and the box `(x, y, w, h)` in its own px."""

    path: str
    box_px: ImageBox


class PixelReading(Record):
    """How a name or logo was seen in pixels.

    `first` is what the first reader read, `again` what the second read there, in several renderings; `second`
    says what that amounts to: `agrees`, `silent`, `differs`, or `none` where there was no second reader.
    `grade` is the matcher's (`exact`, `folded`, `phrase`, `confusable`), or of a logo the classifier's
    (`sure`, `doubtful`). `engine` and `second_engine` name the readers.
    """

    first: str
    again: tuple[str, ...] = ()
    second: Literal["agrees", "silent", "differs", "none"] = "none"
    grade: Literal["exact", "folded", "phrase", "confusable", "sure", "doubtful"]
    engine: str = ""
    second_engine: str = ""


class Spot(Record):
    """A further place of a finding: page and box in CSS px of the page."""

    page: int
    box: CssBox


class Finding(Record):
    """One observation that a rule makes. `fingerprint` stays the same from night to night.

    `times` counts the places of one visit where the same was observed; `locus` is the first of them, and
    `also` says where the others lie, as far as they have a place, at most 200. `hidden` says that it stands
    where no shopper sees it: then it weighs one step less than its obligation. What was seen in a picture has
    `pixels` and `reading`, and `crop_sha256` is the hash of the pixels in the first place; empty where they
    could not be read, and in a judgement made before they were hashed.
    """

    rule: str
    rule_version: int
    outcome: Literal["fail", "needs_review"]
    severity: Literal["low", "medium", "high"]
    confidence: float = Field(ge=0, le=1)
    status: Literal["open", "excused"] = "open"
    excuse: Excuse | None = None
    visit: int
    stage: Stage
    url: str
    locus: Locus
    observed: str
    expected: str
    article: str = ""
    message: Message
    evidence: tuple[str, ...]
    fingerprint: str
    times: int = 1
    also: tuple[Spot, ...] = ()
    hidden: bool = False
    pixels: tuple[PixelPlace, ...] = ()
    reading: PixelReading | None = None
    crop_sha256: str = ""


class Gap(Record):
    """Something that could not be looked at, and why. `visit` is None for a whole missing stage."""

    rule: str
    stage: Stage | None
    visit: int | None
    message: Message


class RuleResult(Record):
    """What one rule says of a bundle."""

    rule: str
    version: int
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    gaps: tuple[Gap, ...] = ()
    checked: dict[str, int] = Field(default_factory=dict)
    error: str | None = None


class ObligationResult(Record):
    """What is said of one obligation of the pack."""

    obligation: str
    article: str
    severity: Literal["low", "medium", "high"]
    verdict: Verdict
    rules: tuple[str, ...]
    stages_missing: tuple[Stage, ...] = ()
    stages_unconfirmed: tuple[Stage, ...] = ()
    why: tuple[Message, ...] = ()


class Index(Record):
    """Conformity index: passed ÷ (passed + failed + needs review), floored; none over nothing."""

    passed: int
    judged: int
    percent: int | None
    not_testable: tuple[str, ...] = ()
    not_applicable: tuple[str, ...] = ()


class Leftovers(Record):
    """The left-over meter of one visit: how much of the social medium's brand still stands there.

    Counted from the findings of the same judgement. `mentions` and `logos` are open ones, `in_review` those
    of them that a person has to look at, `excused` those that are legitimate. `first_screen` and `below` say
    where those lie that can be seen; `unplaced` have no place on the page. `area_share`, 0 to 1, is the part
    of the page that the texts and pictures around them cover; None where the page's size is not known.
    `channels` counts the open ones by channel. `measured` is `whole` only if everything was read that had to
    be: what is `partly` measured may hold more, and a visit not reached is `not` measured at all.
    """

    visit: int
    stage: Stage
    measured: Literal["whole", "partly", "not"]
    mentions: int
    logos: int
    in_review: int
    excused: int
    first_screen: int
    below: int
    unplaced: int
    area_share: float | None
    channels: dict[str, int] = Field(default_factory=dict)


SightingState = Literal["confirmed", "not confirmed", "not reached", "no marks"]


class Sighting(Record):
    """Whether a visit shows the stage it was taken for.

    `confirmed`: a page of it bears enough of the stage's marks. `not confirmed`: it was reached, and none
    does: findings stand, passes do not. `no marks`: the data lists none for that stage. `bears` names every
    stage whose marks a page of the visit bears, `found` the marks of its own stage that were met,
    `looked_for` all of them. `whole` is false where a page was longer than what is read of it.
    """

    visit: int
    stage: Stage
    state: SightingState
    bears: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    looked_for: tuple[str, ...] = ()
    whole: bool = True


class UsedException(Record):
    """An exception of a reviewer that excuses a finding, as `exceptions.jsonl` has it, by its number there.

    It lets `phrase` pass at a target, and at one stage and channel of it where they are named, from a day to
    another, both included.
    """

    number: int
    phrase: str
    target: str
    stage: Stage | None
    channel: str
    reason: str
    note: str
    by: str
    since: date
    until: date


class Judgement(Record):
    """Content of `findings/<policy>.json`.

    `exceptions` are those of reviewers that excuse a finding here; None where there were none to ask.

    `leftovers` is none in one made before there was a meter, `sightings` in one made before stages were
    confirmed.
    """

    schema_version: int
    run_id: str
    policy: str
    as_of: str
    simulated: bool
    inputs: dict[str, str]
    verdict: Verdict
    index: Index
    obligations: tuple[ObligationResult, ...]
    rules: tuple[RuleResult, ...]
    leftovers: tuple[Leftovers, ...] | None = None
    sightings: tuple[Sighting, ...] | None = None
    exceptions: tuple[UsedException, ...] | None = None
