"""Gives notice of a finding that a night saw: by its fingerprint, or as much of it as names it alone."""

from __future__ import annotations

import getpass
import os
import socket
from typing import TYPE_CHECKING

from crawler.errors import ConfigError
from crawler.fleet.retention import open_findings
from crawler.model.notice import Before, Notice
from crawler.store.nights import read_nights
from crawler.store.notices import give_notice, standings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

    from crawler.model.night import NightFinding
    from crawler.model.notice import Standing

LEAST_CHARS = 4
_SHOWN = 8

_Found = dict[tuple[str, str, str, str], dict[str, "NightFinding"]]


def give(
    nights: Path, fingerprint: str, *, letter: str, deadline: date, today: date, target: str | None = None
) -> Notice:
    """Record a notice of an open finding and return it.

    Args:
        nights: Folder of the nights.
        fingerprint: The finding's fingerprint, or its beginning.
        letter: Number of the letter.
        deadline: The last day on which it may still be there.
        today: The day of the notice.
        target: The target it was found on, where several show it.

    Raises:
        ConfigError: no open finding, or more than one, is named; or it has a notice under this letter.
        JournalBroken: somebody changed the record of notices.
    """
    found = _named(open_findings(read_nights(nights)), fingerprint, target)
    key, devices = _only(found, fingerprint)
    if deadline < today:
        raise ConfigError(
            f"The deadline {deadline} has passed already.", hint="Name a day from today on, as YYYY-MM-DD."
        )

    def make(number: int, known: tuple[Standing, ...]) -> Notice:
        facts = dict(zip(("target", "rule", "stage", "fingerprint"), key, strict=True))
        if any(_same(each.notice, key, letter) for each in known):
            raise ConfigError(f"Letter {letter} is recorded for this finding already.")
        return Notice.model_validate(
            facts
            | {
                "number": number,
                "letter": letter,
                "given": today,
                "deadline": deadline,
                "by": author(),
                "before": tuple(
                    Before.model_validate({"device": device, "bundle": finding.last_seen.bundle})
                    for device, finding in sorted(devices.items())
                ),
            }
        )

    return give_notice(nights, make)


def noticed_bundles(nights: Path) -> dict[str, str]:
    """Return every bundle that a notice speaks of, with the number of its letter."""
    found: dict[str, str] = {}
    for each in standings(nights):
        for side in each.last.sides if each.last else ():
            if side.after:
                found[side.after] = each.notice.letter
        found |= {before.bundle: each.notice.letter for before in each.notice.before}
    return found


def author() -> str:
    """Return who does something, for a record: name of the account and of the machine."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):  # an account without a name
        name = f"uid {os.getuid()}"
    return f"{name}@{socket.gethostname()}"


def _named(
    findings: dict[tuple[str, str, str, str, str], NightFinding], fingerprint: str, target: str | None
) -> _Found:
    found: _Found = {}
    for (at, device, rule, stage, print_), finding in findings.items():
        if print_.startswith(fingerprint) and target in (None, at):
            found.setdefault((at, rule, stage, print_), {})[device] = finding
    return found


def _only(found: _Found, fingerprint: str) -> tuple[tuple[str, str, str, str], dict[str, NightFinding]]:
    if len(fingerprint) < LEAST_CHARS:
        raise ConfigError(
            f"{fingerprint!r} is too short to name a finding.",
            hint=f"Give at least {LEAST_CHARS} characters of its fingerprint.",
        )
    if not found:
        raise ConfigError(
            f"No night shows an open finding {fingerprint!r}.",
            hint="Fingerprints stand in the digest and in the page of a night, in square brackets.",
        )
    if len(found) > 1:
        raise ConfigError(
            f"{fingerprint!r} names {len(found)} findings: {_listed(found)}.",
            hint="Give more of the fingerprint, or --target.",
        )
    return next(iter(found.items()))


def _listed(found: Iterable[tuple[str, str, str, str]]) -> str:
    told = [f"{target} {stage} {rule} {print_}" for target, rule, stage, print_ in sorted(found)]
    return "; ".join(told[:_SHOWN]) + (" …" if len(told) > _SHOWN else "")


def _same(notice: Notice, key: tuple[str, str, str, str], letter: str) -> bool:
    return (notice.target, notice.rule, notice.stage.value, notice.fingerprint, notice.letter) == (
        *key,
        letter,
    )
