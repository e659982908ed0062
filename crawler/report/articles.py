"""Articles of a regulation in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.lib.i18n import Translator

_ARTICLE = re.compile(r"^(\d+)(?:\((\d+)\))?([a-z])?$")


def said_articles(t: Translator, articles: str) -> str:
    """Return articles such as `13(3)a; 9` in the words of a language; what is no article as it stands."""
    return "; ".join(_said(t, part.strip()) for part in articles.split(";") if part.strip())


def _said(t: Translator, part: str) -> str:
    match = _ARTICLE.match(part)
    if not match:
        return part
    article, paragraph, letter = match.groups()
    depth = "letter" if letter else "paragraph" if paragraph else "whole"
    return t(f"article.{depth}", article=article, paragraph=paragraph, letter=letter)
