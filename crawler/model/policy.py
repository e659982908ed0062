"""The nouns of a policy pack: regulation, obligation, allowance, dated brand names; and how they are read.

A pack is TOML. Whatever is wrong with one is told with file, key and line.
"""

from __future__ import annotations

import hashlib
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, model_validator

from crawler.errors import PolicyError
from crawler.lib import words
from crawler.model.scenario import Slug, Stage, Title
from crawler.model.toml_file import MAX_BYTES, PolicyFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.errors import ConfigError

PACKS = ("permendag-31-2023", "permendag-19-2026")

Sentence = Annotated[str, Field(min_length=1, max_length=2_000)]


class PolicyModel(BaseModel):
    """Base of what a policy file may hold: frozen, and strict about its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class _FromFile(PolicyModel):
    """What a policy file says, and which file it was."""

    _file: PolicyFile | None = PrivateAttr(default=None)

    @property
    def sha256(self) -> str:
        """SHA-256 of the file it was read from; of its content where it was made in memory."""
        return (
            self._file.sha256
            if self._file
            else hashlib.sha256(self.model_dump_json(by_alias=True).encode()).hexdigest()
        )


class Dated(PolicyModel):
    """Something that holds from one day to another, both included; an open end is left out."""

    since: date | None = Field(default=None, alias="from")
    until: date | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> Dated:
        if self.since and self.until and self.since > self.until:
            raise ValueError("`from` is later than `to`")
        return self

    def holds(self, on: date) -> bool:
        """Say whether this holds on a day (Asia/Jakarta)."""
        return (self.since is None or self.since <= on) and (self.until is None or on <= self.until)


class Obligation(PolicyModel):
    """A duty, its article, the rules that test it and the stages that must have been looked at.

    `kind` says what a failure amounts to: `breach` of an article a browser can see, `indication` that
    something behind the pages may breach one, `request` of the ministry that stands in no article.
    """

    id: Slug
    article: Annotated[str, Field(max_length=100)] = ""
    severity: Literal["low", "medium", "high"]
    kind: Literal["breach", "indication", "request"]
    stages: tuple[Stage, ...] = Field(min_length=1)
    rules: tuple[Slug, ...] = Field(min_length=1)
    source: Sentence


class Allowance(Dated):
    """A mention that is legitimate, by its words or its place, and why.

    `phrases` match as whole words around the mention. `tokens` are globs for the unbroken piece of text that
    holds the mention, such as `@*`. With `alone`, the phrase must be all that its block says; with `whole`,
    the mention must be a word of its own. A mention must meet every condition given: stage kind, channel, and
    (`link_hosts`) standing in a link to one of these hosts or a host below it.
    """

    reason: Slug
    phrases: tuple[Sentence, ...] = Field(default=(), max_length=500)
    tokens: tuple[Sentence, ...] = Field(default=(), max_length=500)
    alone: bool = False
    whole: bool = False
    stages: tuple[Stage, ...] = ()
    channels: tuple[str, ...] = ()
    link_hosts: tuple[str, ...] = ()
    source: Sentence

    @model_validator(mode="after")
    def _says_something(self) -> Allowance:
        if not self.phrases and not self.tokens:
            raise ValueError("an allowance needs `phrases` or `tokens`")
        return self


class PolicyPack(_FromFile):
    """One regulation in force over a span of days, with everything that judging by it needs.

    `rules` holds the parameters of each rule as they stand in the file; the rule itself knows their shape.
    """

    id: Slug
    regulation: Sentence
    title: Title
    in_force_from: date
    in_force_to: date | None = None
    source: Sentence
    obligations: tuple[Obligation, ...] = Field(min_length=1, max_length=100)
    rules: dict[Slug, dict[str, Any]] = Field(default_factory=dict)
    allowed: tuple[Allowance, ...] = Field(default=(), max_length=2_000)

    @model_validator(mode="after")
    def _consistent(self) -> PolicyPack:
        ids = [obligation.id for obligation in self.obligations]
        rules = [rule for obligation in self.obligations for rule in obligation.rules]
        if repeated := _repeated(ids):
            raise ValueError(f"obligation {repeated!r} is listed twice")
        if repeated := _repeated(rules):
            raise ValueError(f"rule {repeated!r} serves two obligations")
        if self.in_force_to and self.in_force_from > self.in_force_to:
            raise ValueError("`in_force_from` is later than `in_force_to`")
        return self

    def in_force(self, on: date) -> bool:
        """Say whether the regulation is in force on a day (Asia/Jakarta)."""
        return self.in_force_from <= on and (self.in_force_to is None or on <= self.in_force_to)

    def obligation_of(self, rule: str) -> Obligation | None:
        """Return the obligation that a rule serves."""
        return next((each for each in self.obligations if rule in each.rules), None)

    def error(self, where: Sequence[str | int], problem: str) -> ConfigError:
        """Return an error that names this pack's file, a key and its line."""
        file = self._file or PolicyFile(self.id, b"")
        return file.error(where, problem)


class Name(Dated):
    """One name of a business. `use` says what a mention of it means while it holds.

    `brand`: it points to that business. `current`: the name the public is given, also if it contains another
    business' brand. `in-question`: in public use, but not settled; a person must look.
    """

    text: Sentence
    use: Literal["brand", "current", "in-question"] = "brand"
    source: Sentence


class Statement(Dated):
    """A sentence by which a page says who runs the service; `…` in it stands for up to 40 characters.

    `part` marks what is no whole sentence: the `name` alone, or the `verb` with no name behind it.
    """

    text: Sentence
    operator: Literal["social", "e-commerce"]
    part: Literal["", "name", "verb"] = ""
    source: Sentence


class Business(PolicyModel):
    """One of the three businesses that the ministry tells apart."""

    id: Literal["social", "social-commerce", "e-commerce"]
    operator: Sentence
    names: tuple[Name, ...] = Field(min_length=1, max_length=200)


class Brands(_FromFile):
    """Who bears which name, from when to when, and how operators have stated themselves."""

    as_of: date
    businesses: tuple[Business, ...]
    statements: tuple[Statement, ...] = ()

    def names(self, business: str, use: str, on: date | None = None) -> tuple[str, ...]:
        """Return the names of a business with this use, on a day or on any day."""
        return tuple(
            name.text
            for each in self.businesses
            for name in each.names
            if each.id == business and name.use == use and (on is None or name.holds(on))
        )

    def stated(self, operator: str, on: date, part: str = "") -> tuple[str, ...]:
        """Return the sentences that state an operator and hold on a day, or what is a part of one."""
        return tuple(
            each.text
            for each in self.statements
            if each.operator == operator and each.part == part and each.holds(on)
        )


# --- reading -------------------------------------------------------------------------------------------


def _repeated(items: list[str]) -> str | None:
    return next((item for index, item in enumerate(items) if item in items[:index]), None)


ReadT = TypeVar("ReadT", PolicyPack, Brands)


def _read_pack(file: PolicyFile, kind: type[ReadT]) -> ReadT:
    try:
        read = kind.model_validate(file.table())
    except ValidationError as error:
        where, problem = first_problem(error)
        raise file.error(where, problem) from error
    read._file = file  # noqa: SLF001 - the reader hands a model the file it came from
    return read


@cache  # every bundle that is judged asks for what ships with Pantau
def _shipped_pack(name: str) -> PolicyPack:
    return _read_pack(PolicyFile(name, words.raw(name)), PolicyPack)


@cache
def _shipped_brands() -> Brands:
    return _read_pack(PolicyFile("brands.toml", words.raw("brands.toml")), Brands)


def first_problem(error: ValidationError) -> tuple[tuple[str | int, ...], str]:
    """Return key path and sentence of the most telling problem: an unknown key before a missing one."""
    problems = error.errors()
    for problem in problems:
        if problem["type"] == "extra_forbidden":
            return problem["loc"], "unknown key"
    return problems[0]["loc"], problems[0]["msg"].removeprefix("Value error, ")


def load_pack(id_or_path: str | Path) -> PolicyPack:
    """Read a pack that ships with Pantau by its id, or any pack by its path.

    Raises:
        PolicyError: no such pack, or something is wrong with it; names file, key and line.
    """
    if str(id_or_path) in PACKS:
        return _shipped_pack(f"{id_or_path}.toml")
    path = Path(id_or_path)
    if path.suffix != ".toml":
        raise PolicyError(
            f"There is no policy pack {str(id_or_path)!r}.",
            hint=f"Known packs: {', '.join(PACKS)}; or give the path of a .toml file.",
        )
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise PolicyError(f"{path} cannot be read: {error}.") from error
    return _read_pack(PolicyFile(str(path), data), PolicyPack)


def pack_in_force(on: date) -> PolicyPack:
    """Return the pack of the regulation in force on a day (Asia/Jakarta).

    Raises:
        PolicyError: none of the packs was in force on that day.
    """
    packs = [load_pack(pack_id) for pack_id in PACKS]
    for pack in packs:
        if pack.in_force(on):
            return pack
    first = min(pack.in_force_from for pack in packs)
    raise PolicyError(
        f"No policy pack was in force on {on.isoformat()}; the first begins on {first.isoformat()}.",
        hint="Name one with --policy, or another day with --as-of.",
    )


def load_brands(path: Path | None = None) -> Brands:
    """Read the dated brand names: those that ship with Pantau, or a file of the same form.

    Raises:
        PolicyError: something is wrong with the file; names file, key and line.
    """
    if path is None:
        return _shipped_brands()
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise PolicyError(f"{path} cannot be read: {error}.") from error
    return _read_pack(PolicyFile(str(path), data), Brands)
