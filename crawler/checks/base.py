"""What a rule is: what it declares, what it is given, what it answers.

A rule is a module in `crawler.checks.rules`. Its file name is its id with `_` for `-`. It holds `meta`, a
`Params` model for its table in a policy pack, and `run(view, params)`. It has no state and does no I/O.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from crawler.model.finding import Excuse, Locus, Message, PixelPlace, PixelReading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.model.evidence import Visit
    from crawler.model.scenario import Stage


class Need(StrEnum):
    """The inputs a rule may declare. What it does not declare it cannot read."""

    TEXT = "text"
    MARKUP = "markup"
    DOCUMENTS = "documents"
    PIXELS = "pixels"
    STORAGE = "storage"
    REQUESTS = "requests"
    PAYMENTS = "payments"
    OPERATORS = "operators"
    LEDGER = "ledger"


@dataclass(frozen=True)
class RuleMeta:
    """What a rule declares about itself.

    Attributes:
        id: Kebab case; names the failing state.
        version: Raised whenever the rule would answer differently.
        needs: The inputs it reads.
        stages: The stage kinds it looks at, when they were visited.
        messages: Its message ids with the names of their parameters.
        fails: Whether it can find a failure; one that cannot only asks a person to look.
        leaves: What its findings are to the left-over meter: a mention or a logo; empty where they do not
            count.
        rests_on: The stage kinds whose own page it judges: by a page that does not bear the stage's marks it
            neither passes nor finds something absent.
        shopping: Whether it passes only where at least one shopping page was seen.
    """

    id: str
    version: int
    needs: frozenset[Need]
    stages: tuple[Stage, ...]
    messages: Mapping[str, tuple[str, ...]]
    fails: bool = True
    leaves: Literal["", "mention", "logo"] = ""
    rests_on: tuple[Stage, ...] = ()
    shopping: bool = False


@dataclass(frozen=True)
class Found:
    """One observation as a rule makes it; the engine adds what does not depend on the rule.

    Attributes:
        outcome: What it amounts to if it is not excused.
        visit: The visit it was made at.
        locus: Where on the page or the wire.
        observed: The text or host seen, as it was; empty where absence is the finding.
        expected: What should have been there; empty where nothing should.
        message: Sentence to show, by id.
        confidence: 0 to 1; how sure the reading is, not how grave the finding.
        evidence: Paths inside the bundle.
        key: What makes it the same finding on another night: no time, number or box.
        excuse: Why it is legitimate, if it is.
        url: The page or request it concerns.
        hidden: Whether it stands where no shopper sees it: it then weighs one step less.
        pixels: Where it lies on original pictures, if it was seen in one.
        reading: How it was read there.
    """

    outcome: Literal["fail", "needs_review"]
    visit: Visit
    locus: Locus
    observed: str
    expected: str
    message: Message
    confidence: float
    evidence: tuple[str, ...]
    key: tuple[str, ...]
    url: str
    excuse: Excuse | None = None
    hidden: bool = False
    pixels: tuple[PixelPlace, ...] = ()
    reading: PixelReading | None = None


@dataclass(frozen=True)
class Answer:
    """What a rule says. `checked` counts what it looked at, so that a pass says over what."""

    found: tuple[Found, ...] = ()
    checked: dict[str, int] = field(default_factory=dict)
    applicable: bool = True


def message(message_id: str, **params: Any) -> Message:
    """Return a message with its parameters."""
    return Message(id=message_id, params=params)
