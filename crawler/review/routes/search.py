"""Full-text search over texts, hosts and findings of all runs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from crawler.model.account import Role
from crawler.report.words import Words
from crawler.review.access import requires
from crawler.review.desk import DeskOf
from crawler.review.routes.queue import with_index
from crawler.review.screen import ScreenOf
from crawler.review.views.search import MOST_HITS, find

router = APIRouter(prefix="/search", tags=["search"], dependencies=[requires(Role.VIEWER), with_index])


@router.get("")
def show_search(screen: ScreenOf, desk: DeskOf, q: Annotated[str, Query(max_length=500)] = "") -> Response:
    """Show what has the words that are asked for; nothing but quotes has a meaning beside them."""
    found = find(desk.snapshots, q)
    template = "search-hits.html.j2" if screen.is_fragment else "search.html.j2"
    return screen.page(template, asked=q, found=found, most=MOST_HITS, **Words(screen.t).by_name())
