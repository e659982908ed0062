"""Whether the pack or the brand names say that a mention is legitimate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.checks import phrases
from crawler.lib import hosts
from crawler.model.finding import Excuse

if TYPE_CHECKING:
    from datetime import date

    from crawler.checks.mention import Mention
    from crawler.model.policy import Allowance, Brands, PolicyPack
    from crawler.model.scenario import Stage

SHOP_BUSINESS = "social-commerce"  # the business whose names stand on shopping pages


def excuse(mention: Mention, *, stage: Stage, pack: PolicyPack, brands: Brands, on: date) -> Excuse | None:
    """Return why a mention is legitimate on a day; None if nothing says so."""
    name = name_around(mention, "current", brands, on)
    if name:
        return Excuse(phrase=name, reason="current-name")
    for allowance in pack.allowed:
        if allowance.holds(on) and (mention.whole or not allowance.whole):
            phrase = _fits(allowance, mention, stage)
            if phrase:
                return Excuse(phrase=phrase, reason=allowance.reason, source=allowance.source)
    return None


def name_around(mention: Mention, use: str, brands: Brands, on: date) -> str | None:
    """Return the name of the shop with this use that holds a mention; None if there is none."""
    names = brands.names(SHOP_BUSINESS, use, on)
    return next((name for name in names if phrases.covers(mention.text, name, *mention.span)), None)


def _fits(allowance: Allowance, mention: Mention, stage: Stage) -> str | None:
    if allowance.stages and stage not in allowance.stages:
        return None
    if allowance.channels and mention.channel not in allowance.channels:
        return None
    if allowance.link_hosts and not _in_link(mention, allowance.link_hosts):
        return None
    for phrase in allowance.phrases:
        whole = phrases.is_all(mention.text, phrase) if allowance.alone else True
        if whole and phrases.covers(mention.text, phrase, *mention.span):
            return phrase
    return phrases.glob(phrases.token(mention.text, *mention.span), allowance.tokens)


def _in_link(mention: Mention, link_hosts: tuple[str, ...]) -> bool:
    """Say whether all of a mention stands in links to some hosts."""
    return bool(mention.links) and all(
        link and any(hosts.under(hosts.host_of(link), host) for host in link_hosts) for link in mention.links
    )
