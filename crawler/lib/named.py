"""Values that stand beside a name in any text: JSON in scripts, attributes, parameters of addresses.

Every pattern looks back at most a few characters and forward at most to the end of what it takes, so that
reading a text costs time linear in it whatever the text is.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Judge = Callable[[str, str], str | None]

_QUOTE = r"\\{0,7}[\"']|&quot;|&\#34;|%22"
_KEYED = re.compile(
    rf"""
    (?: (?P<q>{_QUOTE}) (?P<quoted>[A-Za-z0-9_.$\[\]-]{{1,64}}+) (?P=q) \s{{0,8}} (?: : | %3[Aa] )
      | (?<![A-Za-z0-9_.$\[\]%\\"'-]) (?P<bare>[A-Za-z_][A-Za-z0-9_.-]{{0,63}}+) \s{{0,8}} [:=] )
    \s{{0,8}}
    (?: (?P<open>{_QUOTE}) | (?P<number>\d{{1,20}}+) (?![\w.]) )
    """,
    re.VERBOSE,
)
_META = re.compile(
    r"""\b(?:name|property|id)=(["'])(?P<name>[\w.:-]{1,64}+)\1\s{1,8}(?:content|value)=(?P<open>["'])"""
)
# The value ends where an address, a quoted string, a call or an encoded separator would end it.
_PARAMETER = re.compile(
    r"""
    (?: (?<![A-Za-z0-9_.\[\]$%-]) | (?<=%[0-9A-Fa-f][0-9A-Fa-f]) | (?<=\\u0026) )
    (?P<name>[A-Za-z0-9_.\[\]-]{1,64}+) (?: = | %3[Dd] )
    (?P<value> (?: (?!%(?:2[0236]|3[BbCcEe]|0[AaDd])) [^&;#\s"'<>\\(){},] )++ )
    """,
    re.VERBOSE,
)
# What a text must hold for a pattern to match: most of a network log holds none, and looking is far quicker.
_QUOTES = ('"', "'", "%22", "&quot;", "&#34;")
_EQUALS = ("=", "%3D", "%3d")
_CONTENTS = ("content=", "value=")
_PROPERTY = re.compile(r"[A-Za-z_$][\w$]{0,40}(?:\.[A-Za-z_$][\w$]{0,40})+")


class _Span(NamedTuple):
    start: int
    end: int
    text: str


def replace(text: str, judge: Judge) -> str:
    """Return text in which values beside names are replaced.

    Args:
        text: Any text.
        judge: Given a name and a value, returns what to put in its place; empty to leave it, none if no
            value of that name is replaced.
    """
    for find, needed in ((_keyed, _QUOTES), (_metas, _CONTENTS), (_parameters, _EQUALS)):
        if not any(map(text.__contains__, needed)):
            continue
        kept, at = [], 0
        for span in find(text, judge):
            if span.start >= at:
                kept += [text[at : span.start], span.text]
                at = span.end
        text = "".join([*kept, text[at:]]) if kept else text
    return text


def _keyed(text: str, judge: Judge) -> Iterator[_Span]:
    for match in _KEYED.finditer(text):
        name, quote = match["quoted"] or match["bare"], match["open"]
        if quote:
            yield from _quoted(text, match, name, judge)
        elif match["q"] and (put := judge(name, match["number"])):
            yield _Span(match.start("number"), match.end("number"), match["q"] + put + match["q"])


def _metas(text: str, judge: Judge) -> Iterator[_Span]:
    for match in _META.finditer(text):
        yield from _quoted(text, match, match["name"], judge)


def _quoted(text: str, match: re.Match[str], name: str, judge: Judge) -> Iterator[_Span]:
    if judge(name, "") is None:
        return
    closing = _closing(match["open"]).search(text, match.end())
    end = closing.start() if closing else len(text)
    if put := judge(name, text[match.end() : end]):
        yield _Span(match.end(), end, put)


def _parameters(text: str, judge: Judge) -> Iterator[_Span]:
    for match in _PARAMETER.finditer(text):
        separated = text[match.start() - 1 : match.start()] in ("?", "&")
        if not separated and _PROPERTY.fullmatch(match["value"]):
            continue  # code: `token=this.store1.token`
        if put := judge(match["name"], match["value"]):
            yield _Span(match.start("value"), match.end("value"), put)


@cache
def _closing(quote: str) -> re.Pattern[str]:
    """Return what finds the end of a value that began with this quote: the same one, not escaped."""
    return re.compile(rf"(?<!\\){re.escape(quote)}")
