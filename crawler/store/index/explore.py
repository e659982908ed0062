"""What Datasette is told of the index: titles, and queries to begin with. They stand in `explore.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from crawler.model.scenario import Title
from crawler.store.index.file import FILE

if TYPE_CHECKING:
    from crawler.lib.i18n import Language

_TABLE = Path(__file__).with_name("explore.toml")


class CannedQuery(BaseModel):
    """A query by its title; `:name` in it is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Title
    sql: str


class Offered(BaseModel):
    """Content of `explore.toml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    titles: dict[str, Title]
    queries: dict[str, CannedQuery]


def offered() -> Offered:
    """Return the titles and queries that are offered."""
    return Offered.model_validate(tomllib.loads(_TABLE.read_text(encoding="utf-8")))


def metadata(lang: Language) -> dict[str, Any]:
    """Return Datasette's metadata of the index in a language. Source: Datasette 0.65, Metadata."""
    found = offered()
    queries = {
        name: {"title": getattr(query.title, lang), "sql": query.sql.strip()}
        for name, query in found.queries.items()
    }
    said = {name: getattr(title, lang) for name, title in found.titles.items()}
    return {**said, "databases": {Path(FILE).stem: {**said, "queries": queries}}}
