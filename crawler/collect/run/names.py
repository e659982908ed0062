"""The names behind the hosts of a run: what the machine's own resolver says, right after the journey.

Asked for each host once, after the browser is gone, so that nothing is sent while the page looks.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from itertools import islice
from typing import TYPE_CHECKING

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver

from crawler.lib.clock import stamp
from crawler.lib.hosts import is_address, normalise
from crawler.model.evidence import NameRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_HOSTS = 300
TOO_MANY = "TooManyHosts"  # the error of one that was not asked for
EACH_S, ALL_S = 2.0, 5.0
THREADS = 16


def look_up(hosts: Iterable[str], resolver: dns.resolver.Resolver | None = None) -> tuple[NameRecord, ...]:
    """Return what the resolver says of each host, in the order given; at most `ALL_S` are spent on all.

    Args:
        hosts: Normalised names; addresses and names without a dot are left out. What goes beyond `MAX_HOSTS`
            is not asked for and has a record that says so.
        resolver: Asks the machine's own name servers unless given.
    """
    named = (host for host in dict.fromkeys(hosts) if "." in host and not is_address(host))
    asked, beyond = list(islice(named, MAX_HOSTS)), tuple(_failed(host, TOO_MANY) for host in named)
    if not asked:
        return ()
    try:
        resolver = resolver or dns.resolver.Resolver()
    except (dns.exception.DNSException, OSError) as error:
        return (*(_failed(host, type(error).__name__) for host in asked), *beyond)
    pool = ThreadPoolExecutor(THREADS)
    try:
        jobs = {host: pool.submit(_ask, resolver, host) for host in asked}
        wait(jobs.values(), timeout=ALL_S)
        told = (job.result() if job.done() else _failed(host, "TimeLimit") for host, job in jobs.items())
        return (*told, *beyond)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _ask(resolver: dns.resolver.Resolver, host: str) -> NameRecord:
    try:
        answer = resolver.resolve(
            dns.name.from_text(host), dns.rdatatype.A, search=False, lifetime=EACH_S, raise_on_no_answer=False
        )
    except (dns.exception.DNSException, OSError, ValueError) as error:
        return _failed(host, type(error).__name__)
    chain = [
        normalise(str(item.target))
        for found in answer.response.answer
        if found.rdtype == dns.rdatatype.CNAME
        for item in found
    ]
    addresses = [item.address for item in answer.rrset or () if hasattr(item, "address")]
    return NameRecord(host=host, time=stamp(), aliases=tuple(filter(None, chain)), addresses=tuple(addresses))


def _failed(host: str, why: str) -> NameRecord:
    return NameRecord(host=host, time=stamp(), error=why)
