"""The gate: which of the requests that change state may leave, and why. It fails closed once a cart is near.

From the first cart, checkout or payment page on (the *phase*) a request that changes state leaves only if it
is known not to order. Rules for orders hold from the start of the run and win over everything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from crawler.browse.guard.advances import advance, is_telemetry
from crawler.browse.guard.call import CHANGING, SOCKET, Call, without_ids
from crawler.browse.guard.orders import UNNAMED_RULE, UNREADABLE_RULE, Verdict, is_file, judge
from crawler.errors import ScenarioError
from crawler.lib import words
from crawler.model.evidence import UNKNOWN_CHANGE, UNKNOWN_READ, Allowance

if TYPE_CHECKING:
    from crawler.model.scenario import Stage

__all__ = ["Decision", "Gate", "allow_line", "named"]

MAX_REMEMBERED = 5_000

Why = Literal["reads", "advance", "telemetry", "allowed", "same", "before"]

# Values that differ each time and say nothing of what is to be done: numbers, tokens, random names.
_FREE = re.compile(r"-?\d[\d.,:tz+-]*|(?=.*\d)[\w./+=:~-]{16,}|[\w./+=:~-]{40,}|")


@dataclass(frozen=True)
class Decision:
    """Whether a request leaves. `why` says why it may; `verdict` holds the rule that keeps it back.

    `said` is the shop system of an advance or the scenario's own reason.
    """

    verdict: Verdict = field(default_factory=Verdict)
    why: Why = "reads"
    said: str = ""

    @property
    def leaves(self) -> bool:
        """Say whether the request may leave."""
        return not self.verdict.rule


class Gate:
    """Knows whether the phase has begun, what the scenario allowed, and what was sent before.

    Attributes:
        begun: Why the phase began; empty before.
        stage: The kind of the stage whose words hold; empty before the first.
        allowances: What the scenario named.
    """

    def __init__(self) -> None:
        self.begun = ""
        self.stage = ""
        self.allowances: list[Allowance] = []
        self._sent: set[tuple[object, ...]] = set()

    def enter(self, stage: Stage) -> None:
        """Go by the words of a stage; one near the order begins the phase."""
        self.stage = stage.value
        if stage.value in words.load("advances")["phase"]["stages"]:
            self.begin(f"stage: {stage.value}")

    def begin(self, why: str) -> bool:
        """Begin the phase, which lasts to the end of the run; say whether it began just now."""
        first = not self.begun
        self.begun = self.begun or why
        return first

    def allow(self, allowance: Allowance) -> None:
        """Let requests of one kind leave because the scenario says that they do not order."""
        self.allowances.append(allowance)

    def decide(self, call: Call) -> Decision:
        """Say whether a request leaves; what leaves is remembered, so that the same may leave again."""
        verdict = judge(call, self.stage)
        unknowable = verdict.rule in (UNREADABLE_RULE, UNNAMED_RULE)
        if verdict.rule and not unknowable:
            return Decision(verdict)
        if not call.changes:
            return self._reading(call)
        decision = self._known(call, readable=not unknowable)
        if decision is None and (self.begun or unknowable):
            rule = verdict.rule or (UNREADABLE_RULE if call.payload.unreadable else UNKNOWN_CHANGE)
            names = tuple(dict.fromkeys(name for name, _ in call.payload.pairs))
            return Decision(Verdict(rule, call.operation, names))
        decision = decision or Decision(why="before")
        if len(self._sent) < MAX_REMEMBERED:
            self._sent.add(_shape(call))
        return decision

    def _reading(self, call: Call) -> Decision:
        """A request that by its method only reads is kept back where its address says that it commits."""
        word = _commit_word(call) if self.begun and not is_file(call) else ""
        if not word:
            return Decision()
        names = tuple(dict.fromkeys(name for name, _ in call.payload.pairs))
        return self._known(call) or Decision(Verdict(UNKNOWN_READ, word, names))

    def _known(self, call: Call, *, readable: bool = True) -> Decision | None:
        if call.method == SOCKET and _idles(call):
            return Decision(why="advance", said="keeps a connection alive or listens")
        system = advance(call) if call.method != SOCKET else ""
        if system:
            return Decision(why="advance", said=system)
        if is_telemetry(call.host):
            return Decision(why="telemetry")
        allowance = next((each for each in self.allowances if _fits(each, call)), None)
        if allowance:
            return Decision(why="allowed", said=allowance.why)
        if readable and not call.payload.unreadable and _shape(call) in self._sent:
            return Decision(why="same")
        return None


def named(method: str, host: str, path: str, operation: str, why: str) -> Allowance:
    """Return what a scenario allows, checked.

    Raises:
        ScenarioError: a part is missing or is a wildcard.
    """
    parts = (method, host, path, operation, why)
    if not all(isinstance(part, str) for part in parts) or not all((method, host, path, why.strip())):
        raise ScenarioError(
            "journey.allow needs a method, a host, a path, an operation (may be empty) and a reason.",
            hint="Take the line that the report prints, and say why the request does not order.",
        )
    if any("*" in part for part in parts[:4]) or not path.startswith("/"):
        raise ScenarioError(
            "journey.allow takes no wildcard, and its path begins with a slash.",
            hint="Name each request; {id} stands for one number or random name in a path.",
        )
    if method.upper() not in (*CHANGING, "GET", SOCKET):
        raise ScenarioError(f"journey.allow: {method!r} is no method.", hint="Methods are POST, PUT, …")
    return Allowance(method=method.upper(), host=host.lower(), path=path, operation=operation, why=why)


def allow_line(call: Call) -> str:
    """Return the line of a scenario that lets a request leave, its reason to be filled in."""
    parts = (call.effective, call.host, without_ids(call.parts.path or "/"), call.operation)
    return f"journey.allow({', '.join(map(repr, parts))}, why='…')"


def _idles(call: Call) -> bool:
    """Say whether a message over a WebSocket only keeps it alive, or asks to be told of something."""
    text = (call.body or b"").decode("utf-8", "replace").strip()
    return (
        bool(call.body)
        and re.fullmatch(words.load("advances")["sockets"]["idle"], text, re.DOTALL) is not None
    )


def _fits(allowance: Allowance, call: Call) -> bool:
    path = call.parts.path or "/"
    return (
        allowance.method == call.effective
        and allowance.host == call.host
        and allowance.path in (path, without_ids(path))
        and allowance.operation == call.operation
    )


def _shape(call: Call) -> tuple[object, ...]:
    """Return what two requests must share to be the same: all but values that differ each time."""
    acting = words.load("guard")["requests"]["action_fields"]
    values = frozenset(
        pair
        for pair in call.pairs
        if not _FREE.fullmatch(pair.partition("=")[2]) or re.fullmatch(acting, pair.partition("=")[0])
    )
    return (call.methods, call.parts.netloc, call.parts.path, call.operation, call.names, values)


def _commit_word(call: Call) -> str:
    """Return what in an address says that reading it commits; empty if nothing does."""
    data = words.load("guard")["commit_reads"]
    found = re.search(data["path"], call.path)
    if found:
        return found.group().strip("/.-")
    query = call.pairs[: len(call.payload.query)]
    return next((pair for pair in query if re.fullmatch(data["query"], pair)), "")
