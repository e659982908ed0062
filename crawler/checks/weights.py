"""Weighs a mention of the social medium's brand: legitimate, in question or left over, by name and place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from crawler.checks import allowances
from crawler.checks.allowances import name_around
from crawler.derive.operators.businesses import BusinessId  # noqa: TC001 - pydantic reads it at run time
from crawler.lib import compounds
from crawler.model.finding import Excuse
from crawler.model.policy import PolicyModel
from crawler.model.scenario import Stage

if TYPE_CHECKING:
    from crawler.checks.mention import Mention
    from crawler.checks.view import View
    from crawler.derive.operators.businesses import Standing
    from crawler.model.evidence import Visit

Place = Literal["belongs", "left-over", "alien", "in-question"]

SOCIAL_BUSINESS = "social"  # the business whose brand is looked for
STAGES = tuple(Stage)


class Places(PolicyModel):
    """What a mention of the social medium means on a page of each business.

    It belongs on the social medium's own pages, is left over on the shop's, and alien where Tokopedia takes
    over (statements of the ministry, 2024). `in-question` is for a person to look at.
    """

    places: dict[BusinessId, Place] = Field(
        default={"social": "belongs", "social-commerce": "left-over", "e-commerce": "alien"},
        description="what a mention means on each business' pages: belongs, left-over, alien or in-question",
    )
    in_question: tuple[Stage, ...] = Field(
        default=(Stage.LOGIN,), description="stage kinds where a person has to look at any mention"
    )

    def at(self, visit: Visit, standing: Standing) -> Place:
        """Return what a mention means at a visit."""
        if visit.kind in self.in_question:
            return "in-question"
        return self.places.get(standing.business, "left-over")


@dataclass(frozen=True)
class Weight:
    """What a mention amounts to; `slug` ends the message id."""

    outcome: Literal["fail", "needs_review"]
    slug: Literal["mention", "name-in-question", "place-in-question", "doubtful", "otherwise"]
    place: Place
    excuse: Excuse | None


def weigh(view: View, mention: Mention, *, visit: Visit, place: Place) -> Weight:
    """Return what a mention amounts to at a visit, by the words around it and by the place."""
    excuse = allowances.excuse(mention, stage=visit.kind, pack=view.pack, brands=view.brands, on=view.on)
    if excuse is None and place == "belongs":
        excuse = Excuse(phrase=mention.name, reason="social-medium")
    heard = compounds.sound(mention.text, *mention.span, mention.spelling)
    if heard == "sound" and excuse is None:
        excuse = Excuse(phrase=mention.name, reason="clock")
    if excuse:
        return Weight("fail", "mention", place, excuse)
    if name_around(mention, "in-question", view.brands, view.on):
        return Weight("needs_review", "name-in-question", place, None)
    if place == "in-question":
        return Weight("needs_review", "place-in-question", place, None)
    if heard:
        return Weight("needs_review", "doubtful", place, None)
    return Weight("fail", "mention", place, None)


def doubted(
    weight: Weight, slug: Literal["doubtful", "name-in-question", "otherwise"] = "doubtful"
) -> Weight:
    """Return what a mention amounts to if it may be none: what would fail is for a person to look at."""
    if weight.excuse or weight.outcome != "fail":
        return weight
    return replace(weight, outcome="needs_review", slug=slug)


def expected(view: View, place: Place) -> str:
    """Return the name that should stand instead: Tokopedia's at its own, else the shop's of the day."""
    if place == "alien":
        names = view.brands.names("e-commerce", "brand", view.on)
    else:
        names = view.brands.names(allowances.SHOP_BUSINESS, "current", view.on)
    return names[0] if names else ""
