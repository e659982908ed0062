"""Sentences in Indonesian and English, looked up by message id when they are shown.

The catalogues are `crawler/locale/<lang>.po`, read at run time; nothing is compiled. A placeholder is
`{name}`, or `{name|prefix}` where the value is itself part of a message id: `{stage|stage}` with
`stage="cart"` shows the sentence of `stage.cart`, `{rule|rule.*.title}` puts the value where the star stands;
blanks in the value count as dashes, true and false as `yes` and `no`. Values are put in once and as they
are: a value that looks like a placeholder stays text, and nothing here escapes for HTML.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, date, datetime
from functools import cache
from gettext import c2py
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from crawler.lib.clock import JAKARTA

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Language = Literal["id", "en"]
LANGUAGES: tuple[Language, ...] = ("id", "en")
LOCALE_DIR = Path(__file__).parent.parent / "locale"
PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)(?:\|([a-z][a-z.*-]*))?\}")
_CLOCK: Mapping[Language, str] = {"id": "d MMMM y HH.mm.ss", "en": "d MMMM y HH:mm:ss"}
_UNITS = ("B", "kB", "MB", "GB", "TB")


class Translator:
    """Shows message ids as sentences of one language, and numbers and dates the way it writes them."""

    def __init__(self, lang: Language) -> None:
        self.lang: Language = lang
        self._forms, self._plural = _catalogue(lang)

    def __call__(self, message_id: str, /, **params: Any) -> str:
        """Return the sentence of a message id, or the id itself if the catalogue does not have it.

        A sentence with plural forms chooses one by the parameter `n`.
        """
        forms = self._forms.get(message_id)
        if forms is None:
            return message_id
        count = params.get("n")
        form = forms[self._plural(abs(count))] if isinstance(count, int) and len(forms) > 1 else forms[-1]
        return PLACEHOLDER.sub(lambda match: self._value(match, params), form)

    def has(self, message_id: str) -> bool:
        """Say whether the catalogue has a sentence for this id."""
        return message_id in self._forms

    def number(self, value: float) -> str:
        """Return a number with the separators of the language."""
        if type(value) is int and 0 <= value < 1_000:  # as both languages write it
            return str(value)
        return str(format_decimal(value, locale=self.lang))

    def percent(self, whole: int) -> str:
        """Return whole percent, such as `87%`."""
        return format_percent(whole / 100, locale=self.lang)

    def size(self, size_bytes: int) -> str:
        """Return a size in decimal units, such as `1,2 MB`."""
        value, unit = float(size_bytes), 0
        while value >= 1_000 and unit < len(_UNITS) - 1:
            value, unit = value / 1_000, unit + 1
        return f"{format_decimal(value, format='#,##0.#', locale=self.lang)} {_UNITS[unit]}"

    def day(self, day: date) -> str:
        """Return a calendar day with the month in words."""
        return format_date(day, "d MMMM y", locale=self.lang)

    def utc(self, moment: datetime) -> str:
        """Return a moment in UTC, to the second, with its zone named."""
        return f"{format_datetime(moment.astimezone(UTC), _CLOCK[self.lang], locale=self.lang)} UTC"

    def wib(self, moment: datetime) -> str:
        """Return a moment in the time of Jakarta (WIB, UTC+7), to the second, with its zone named."""
        return f"{format_datetime(moment.astimezone(JAKARTA), _CLOCK[self.lang], locale=self.lang)} WIB"

    def _value(self, match: re.Match[str], params: dict[str, Any]) -> str:
        name, prefix = match.groups()
        if name not in params:
            return match.group()
        return self._shown(params[name], prefix)

    def _shown(self, value: Any, prefix: str | None) -> str:
        if isinstance(value, list | tuple | set | frozenset):
            items = [self._shown(item, prefix) for item in value]
            return format_list(items, locale=self.lang) if items else "-"
        if prefix is not None:
            pattern = prefix if "*" in prefix else f"{prefix}.*"
            tail = ("yes" if value else "no") if isinstance(value, bool) else str(value)
            message_id = pattern.replace("*", tail).replace(" ", "-")
            return self(message_id) if self.has(message_id) else str(value)
        if isinstance(value, datetime):
            return self.utc(value)
        if isinstance(value, date):
            return self.day(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self.number(value)
        return str(value) or "-"


@cache
def translate(lang: Language) -> Translator:
    """Return what shows messages in a language: call it with a message id and its parameters."""
    return Translator(lang)


def detect(environment: Mapping[str, str] | None = None) -> Language:
    """Return the language of the terminal by `LC_ALL`, `LC_MESSAGES`, `LANG`; English if it is neither."""
    variables = os.environ if environment is None else environment
    chosen = next((variables[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if variables.get(name)), "")
    language = re.split(r"[_.@-]", chosen.lower())[0]
    return "id" if language in ("id", "in") else "en"  # "in" is the code of Indonesian before 1989


def parameters(sentence: str) -> frozenset[str]:
    """Return the names of the parameters that a sentence takes."""
    return frozenset(match.group(1) for match in PLACEHOLDER.finditer(sentence))


@cache
def sentences(lang: Language) -> Mapping[str, tuple[str, ...]]:
    """Return all message ids of a catalogue with their forms: one, or one for each plural."""
    return _catalogue(lang)[0]


@cache
def _catalogue(lang: Language) -> tuple[dict[str, tuple[str, ...]], Callable[[int], int]]:
    with (LOCALE_DIR / f"{lang}.po").open("rb") as file:
        catalogue = read_po(file, locale=lang, abort_invalid=True)
    forms: dict[str, tuple[str, ...]] = {}
    for message in catalogue:
        message_id = message.id if isinstance(message.id, str) else message.id[0]
        strings = (message.string,) if isinstance(message.string, str) else tuple(message.string)
        if message_id and all(strings) and not message.fuzzy:
            forms[message_id] = strings
    return forms, c2py(catalogue.plural_expr)
