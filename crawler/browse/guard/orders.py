"""Which requests create an order: the rules of `policies/words/guard.toml`, applied to one request."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Any

from crawler.browse.guard.call import READING, SOCKET, Call
from crawler.lib import words
from crawler.lib.payload import folded_name

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Call", "Verdict", "is_file", "judge", "watched"]

UNREADABLE_RULE = "unreadable-body"
UNNAMED_RULE = "unnamed-operation"
MAX_MESSAGE = 100_000


@dataclass(frozen=True)
class Verdict:
    """Why a request is refused (`rule` empty: it is not), and the names of its fields."""

    rule: str = ""
    word: str = ""
    fields: tuple[str, ...] = ()


def watched() -> tuple[str, ...]:
    """Return the address patterns that are paused whatever kind of request it is, pictures included."""
    return (*_requests()["watch"], *words.load("guard")["commit_reads"]["watch"])


def judge(call: Call, stage: str = "") -> Verdict:
    """Say whether a request creates an order.

    A body that cannot be read is refused at every watched address: what it asks for cannot be known.

    Args:
        call: The request.
        stage: The stage being visited, empty between stages.
    """
    if call.preflight or (call.method in READING and is_file(call)):
        return Verdict()
    names = tuple(dict.fromkeys(name for name, _ in call.payload.pairs))
    if call.method == SOCKET:
        rule, word = _by_fields(call) or _by_message(call) or ("", "")
        return Verdict(rule, word, names) if rule else Verdict()
    rule, word = _by_address(call) or _by_fields(call) or ("", "")
    if not rule and call.payload.unreadable and _is_watched(call.url):
        rule = UNREADABLE_RULE
    if not rule and call.speaks_graphql:
        rule, word = _by_operation(call, stage)
    return Verdict(rule, word, names) if rule else Verdict()


def is_file(call: Call) -> bool:
    """Say whether the address is that of a file that a page is made of."""
    return bool(re.search(_requests()["assets"], call.path))


def _is_watched(url: str) -> bool:
    bare = url.replace("[", "(")  # the one character that means more to fnmatch than to CDP
    return any(fnmatchcase(bare, pattern) for pattern in _requests()["watch"])


def _by_address(call: Call) -> tuple[str, str] | None:
    for rule in _fitting(call):
        if "path" in rule and (found := re.search(rule["path"], call.path)):
            return rule["id"], found.group().strip("/.-")
        if "query" in rule and (pair := next((p for p in _query(call) if re.search(rule["query"], p)), None)):
            return rule["id"], pair
    return None


def _query(call: Call) -> tuple[str, ...]:
    return call.pairs[: len(call.payload.query)]


def _by_fields(call: Call) -> tuple[str, str] | None:
    seen = call.names | set(call.pairs)
    for rule in _fitting(call):
        for needed in rule.get("fields", ()):
            if seen.issuperset(needed):
                return rule["id"], " ".join(needed)
    return None


def _by_message(call: Call) -> tuple[str, str] | None:
    """Find a word of a message that names an operation or a path which orders."""
    text = (call.body or b"").decode("utf-8", "replace")[:MAX_MESSAGE]
    for word in dict.fromkeys(re.split(r"[^\w/.-]+", text)):
        folded, bare = folded_name(word), _bare(word)
        for rule in _requests()["rule"]:
            named = any(re.fullmatch(pattern, bare) for pattern in rule.get("operations", ()))
            path = "POST" in rule["methods"] and "/" in word and re.search(rule.get("path", "$^"), folded)
            if named or path:
                return rule["id"], word
    return None


def _by_operation(call: Call, stage: str) -> tuple[str, str]:
    changing = [operation for operation in call.operations if operation.kind != "query"]
    for rule in _fitting(call):
        for operation in changing:
            for name in (operation.name, *operation.names):
                bare = _bare(name)
                if any(re.fullmatch(pattern, bare) for pattern in rule.get("operations", ())):
                    return rule["id"], name
    unnamed = not call.operations or any(
        operation.kind in ("unknown", "unreadable") and not operation.name for operation in changing
    )
    needs_name = call.method == "POST" and stage in _requests()["unnamed_stages"]
    return (UNNAMED_RULE, "") if unnamed and needs_name else ("", "")


def _fitting(call: Call) -> Iterator[dict[str, Any]]:
    for rule in _requests()["rule"]:
        fits = not set(rule["methods"]).isdisjoint(call.methods)
        if fits and call.type not in rule.get("not_types", ()) and _pairs_agree(rule, call):
            yield rule


def _pairs_agree(rule: dict[str, Any], call: Call) -> bool:
    """Say whether the fields of a request are none that a rule excepts, and hold one that it asks for."""
    asked, excepted = rule.get("pairs"), rule.get("not_pairs")
    return (not asked or any(re.search(asked, pair) for pair in call.pairs)) and not (
        excepted and any(re.search(excepted, pair) for pair in call.pairs)
    )


def _bare(name: str) -> str:
    return re.sub(_requests()["name_ends"], "", folded_name(name))


@cache
def _requests() -> dict[str, Any]:
    requests: dict[str, Any] = words.load("guard")["requests"]
    return requests
