"""What the templates of every page may call to say something in its language."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from crawler.report.articles import said_articles
from crawler.report.visible import visible

if TYPE_CHECKING:
    from crawler.lib.i18n import Translator


class Words:
    """Words of a page: `t` translates, and all else puts values into the words of its language."""

    def __init__(self, t: Translator) -> None:
        self.t = t

    def by_name(self) -> dict[str, Any]:
        """Return all of it by the names that templates know."""
        return {name: getattr(self, name) for name in dir(self) if not name.startswith("_")}

    def label(self, prefix: str, value: str, suffix: str = "") -> str:
        """Return the sentence of `<prefix>.<value><suffix>`, blanks as dashes; the value if there is none."""
        message_id = f"{prefix}.{value}{suffix}".replace(" ", "-")
        return self.t(message_id) if self.t.has(message_id) else value

    def guard_limit(self, limit: str) -> str:
        """Return a limit of the guard, `<name>: <sentence>`, in the language where its name is known."""
        name = limit.partition(":")[0]
        said = self.label("guard.limit", name)
        return limit if said == name else said

    def guard_phase(self, phase: str) -> str:
        """Return why the guard began to fail closed, `<kind>: <value>`, as words."""
        kind, _, value = phase.partition(": ")
        return (
            self.t(f"guard.phase.{kind}", value=visible(value))
            if self.t.has(f"guard.phase.{kind}")
            else phase
        )

    def article(self, article: str) -> str:
        """Return articles such as `13(3)a; 9` in the words of the language."""
        return said_articles(self.t, article)

    def title(self, texts: dict[str, str], otherwise: str) -> str:
        """Return a title in the language of the report."""
        return texts.get(self.t.lang) or next(iter(texts.values()), otherwise)

    def utc(self, stamp: str) -> str:
        """Return a stored time in UTC, or as it stands if it is none."""
        moment = _moment(stamp)
        return self.t.utc(moment) if moment else stamp

    def wib(self, stamp: str) -> str:
        """Return a stored time in WIB, or as it stands if it is none."""
        moment = _moment(stamp)
        return self.t.wib(moment) if moment else stamp

    def day(self, on: str | date) -> str:
        """Return a day, stored or not, in words."""
        return self.t.day(date.fromisoformat(on) if isinstance(on, str) else on)


def _moment(stamp: str) -> datetime | None:
    try:
        return datetime.fromisoformat(stamp)
    except ValueError:
        return None
