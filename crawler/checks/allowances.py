"""Whether the pack or the brand names say that a mention is legitimate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.checks import phrases
from crawler.lib import hosts
from crawler.model.finding import Excuse

if TYPE_CHECKING:
    from datetime import date

    from crawler.checks.runs import Run
    from crawler.model.policy import Allowance, Brands, PolicyPack
    from crawler.model.scenario import Stage

SHOP = "social-commerce"


def excuse(
    run: Run,
    span: tuple[int, int],
    *,
    stage: Stage,
    pack: PolicyPack,
    brands: Brands,
    on: date,
    whole: bool = True,
) -> Excuse | None:
    """Return why a mention in a run of text is legitimate on a day; none if nothing says so.

    Without `whole` it is part of a longer word.
    """
    name = name_around(run.text, span, "current", brands, on)
    if name:
        return Excuse(phrase=name, reason="current-name")
    for allowance in pack.allowed:
        if allowance.holds(on) and (whole or not allowance.whole):
            phrase = _fits(allowance, run, span, stage)
            if phrase:
                return Excuse(phrase=phrase, reason=allowance.reason, source=allowance.source)
    return None


def name_around(text: str, span: tuple[int, int], use: str, brands: Brands, on: date) -> str | None:
    """Return the name of the shop with this use that holds a mention; none if there is none."""
    names = brands.names(SHOP, use, on)
    return next((name for name in names if phrases.covers(text, name, *span)), None)


def _fits(allowance: Allowance, run: Run, span: tuple[int, int], stage: Stage) -> str | None:
    if allowance.stages and stage not in allowance.stages:
        return None
    if allowance.channels and run.channel not in allowance.channels:
        return None
    if allowance.link_hosts and not _in_link(run, span, allowance.link_hosts):
        return None
    for phrase in allowance.phrases:
        whole = phrases.is_all(run.text, phrase) if allowance.alone else True
        if whole and phrases.covers(run.text, phrase, *span):
            return phrase
    return phrases.glob(phrases.token(run.text, *span), allowance.tokens)


def _in_link(run: Run, span: tuple[int, int], link_hosts: tuple[str, ...]) -> bool:
    nodes = run.at(*span)
    return bool(nodes) and all(
        node.href and any(hosts.under(hosts.host_of(node.href), host) for host in link_hosts)
        for node in nodes
    )
