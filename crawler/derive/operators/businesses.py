"""Which of the three businesses a visit or a host belongs to: social medium, social commerce, e-commerce.

Place in the journey, host and what the page says of itself are three facts, kept apart. The place decides,
with one exception: an entry page counts as the social medium's only where its host is not somebody else's,
so that a shop cannot pass for a feed by being opened first. What contradicts is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from crawler.lib import words
from crawler.lib.hosts import host_of
from crawler.lib.text import find_words
from crawler.model.evidence import Record
from crawler.model.scenario import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from crawler.derive.operators.operator import Operator
    from crawler.model.evidence import Visit
    from crawler.model.policy import Brands

BusinessId = Literal["social", "social-commerce", "e-commerce"]
# The shop's own names first: they may hold the brand of either other business.
NAMED: tuple[tuple[BusinessId, str], ...] = (
    ("social-commerce", "current"),
    ("social", "brand"),
    ("e-commerce", "brand"),
)


class Standing(Record):
    """The business of one visit, and what each of the three facts says; None where it says nothing."""

    business: BusinessId
    by_place: BusinessId
    by_host: BusinessId | None
    by_title: BusinessId | None
    host: str

    @property
    def contradicts(self) -> bool:
        """Say whether the host is the social medium's on a page that is not, or the other way round."""
        return self.by_host is not None and (self.by_host == "social") != (self.by_place == "social")


def of_host(operator: Operator) -> BusinessId | None:
    """Return the business that a host belongs to; None for banks, providers and other third parties."""
    for row in _business_data()["hosts"]:
        group = row.get("operator") in (None, operator.operator)
        named = row.get("name_class") in (None, operator.name_class)
        if group and named and operator.role in row.get("roles", [operator.role]):
            business: BusinessId = row["business"]
            return business
    return None


def of_visit(visit: Visit, operator: Callable[[str], Operator], brands: Brands, on: date) -> Standing:
    """Return the business that a visit belongs to.

    Args:
        visit: The visit, with its addresses and page titles.
        operator: Says who runs a host.
        brands: The dated names.
        on: The day whose names hold (Asia/Jakarta).
    """
    urls = [page.url for page in visit.pages if page.page == 1] or list(visit.urls[-1:])
    host = host_of(urls[-1]) if urls else ""
    by_place: BusinessId = _business_data()["place"][visit.kind.value]
    by_host = of_host(operator(host)) if host else None
    elsewhere = visit.kind is Stage.ENTRY and by_host not in (None, "social")
    return Standing(
        business="social-commerce" if elsewhere else by_place,
        by_place=by_place,
        by_host=by_host,
        by_title=_business_named((page.title for page in visit.pages), brands, on),
        host=host,
    )


def _business_named(titles: Iterable[str], brands: Brands, on: date) -> BusinessId | None:
    """Return the business whose name the titles bear."""
    text = "\n".join(titles)
    return next(
        (business for business, use in NAMED if find_words(text, brands.names(business, use, on))), None
    )


def _business_data() -> dict[str, Any]:
    data: dict[str, Any] = words.load("businesses")
    return data
