"""What indexing came to, and what a search in the index finds."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from crawler.model.evidence import Record


class Indexed(Record):
    """Outcome of bringing the index up to date. Bundles are named `<scenario-id>/<run-id>`.

    `read` were opened because they are new or changed, `kept` are as they were indexed before, `removed` are
    no longer there. `problems` names damaged bundles, and judgements that cannot be read, with the first
    problem of each. `set_aside` is where an index file went that could not be used.
    """

    path: str
    runs: int
    read: int
    kept: int
    removed: int
    unsealed: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    problems: dict[str, str] = Field(default_factory=dict)
    set_aside: str | None = None


class Hit(Record):
    """One finding or page whose text has the words that were searched for; `excerpt` marks them `[so]`."""

    what: Literal["finding", "page"]
    bundle: str
    visit: int
    stage: str
    url: str
    rule: str | None = None
    policy: str | None = None
    outcome: str | None = None
    excerpt: str
