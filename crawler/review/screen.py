"""One request as a page sees it: language, person, templates."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from starlette.requests import Request  # noqa: TC002 - FastAPI reads the annotation
from starlette.responses import HTMLResponse

from crawler.lib.i18n import LANGUAGES, Language, translate
from crawler.report.templating import TEMPLATES as REPORT_TEMPLATES
from crawler.report.visible import plain, visible
from crawler.review.assets import asset
from crawler.review.desk import DeskOf  # noqa: TC001 - FastAPI reads the annotation

if TYPE_CHECKING:
    from crawler.model.account import Person

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGE_COOKIE = "pantau-lang"
_YEAR_S = 31_536_000
NAVIGATION = (
    ("queue", "/queue"),
    ("runs", "/runs"),
    ("nights", "/nights"),
    ("trend", "/trend"),
    ("hosts", "/hosts"),
    ("cases", "/cases"),
    ("search", "/search"),
    ("start", "/start"),
    ("upload", "/upload"),
)


class Screen:
    """Shows templates to whoever sent a request, in their language.

    `t` translates; `lang` is the language; `is_fragment` says that htmx asked for a part of a page.
    """

    def __init__(self, request: Request, desk: DeskOf) -> None:
        self.request = request
        self.desk = desk
        self.lang: Language = chosen_language(request, desk.lang)
        self.t = translate(self.lang)
        self.is_fragment = request.headers.get("HX-Request") == "true"

    @property
    def person(self) -> Person | None:
        """Who is logged in."""
        person: Person | None = getattr(self.request.state, "person", None)
        return person

    @property
    def _links(self) -> list[tuple[str, str]]:
        """Return the pages of the navigation that this desk has."""
        app = self.request.scope["app"]
        return [link for link in NAVIGATION if app and link[1] in app.state.pages]

    def page(self, template: str, /, *, status: int = 200, **view: Any) -> HTMLResponse:
        """Return a template filled with view models.

        In the template stand, beside what is given: `t`, `lang`, `person`, `path` (of the request), `links`
        (of the navigation), `in_language(lang)` (the address of this page in a language), `is_fragment`,
        `asset(name)`.
        """
        shown = {
            "t": self.t,
            "lang": self.lang,
            "person": self.person,
            "path": self.request.url.path,
            "links": self._links,
            "in_language": self._in_language,
            "languages": LANGUAGES,
            "is_fragment": self.is_fragment,
        }
        text = environment().get_template(template).render(shown | view)
        answer = HTMLResponse(text, status_code=status, headers={"Cache-Control": "no-store"})
        if self.request.query_params.get("lang") == self.lang:
            answer.set_cookie(LANGUAGE_COOKIE, self.lang, max_age=_YEAR_S, samesite="lax", httponly=True)
        return answer

    def _in_language(self, lang: Language) -> str:
        """Return the address of this page in a language."""
        query = [(name, value) for name, value in self.request.query_params.multi_items() if name != "lang"]
        return f"{self.request.url.path}?{urlencode([*query, ('lang', lang)])}"


ScreenOf = Annotated[Screen, Depends(Screen)]


def chosen_language(request: Request, default: Language) -> Language:
    """Return the language that the address asks for, else the one chosen before, else the desk's."""
    asked = (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE))
    return next((lang for word in asked for lang in LANGUAGES if lang == word), default)


@cache
def environment() -> Environment:
    """Return the desk's templates: all they put in is escaped; `v` and `plain` make foreign text inert.

    Parts of a report that the desk shows too stand below `report/`; what these take in, by its own name.
    """
    of_reports = FileSystemLoader(REPORT_TEMPLATES)
    made = Environment(
        loader=ChoiceLoader([FileSystemLoader(TEMPLATES), PrefixLoader({"report": of_reports}), of_reports]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"v": visible, "plain": plain}
    made.globals["asset"] = asset
    return made
