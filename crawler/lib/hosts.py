"""Host names: one spelling each, their registrable domain, and whether one lies under another.

Names are lower-case ASCII (punycode) without a trailing dot or port; IPv6 addresses stand without brackets.
Text that is no host name becomes the empty string: nothing here raises.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from functools import cache, lru_cache
from urllib.parse import urlsplit

import idna
from publicsuffixlist import PublicSuffixList

NETWORK_SCHEMES = frozenset({"http", "https", "ws", "wss", "ftp"})
MAX_HOST_CHARS = 253
_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443, "ftp": 21}
_REMEMBERED = 16_384  # names: a bundle asks for some fifty, each hundreds of times
_AUTHORITY = re.compile(r"^([a-z][a-z0-9+.-]*):[\\/]*([^\\/?#]*)", re.IGNORECASE)
_LABEL = re.compile(r"^[a-z0-9_-]{1,63}$")
_PORT = re.compile(r":\d*$")
_NUMERIC = re.compile(r"^(\d+|0x[0-9a-f]*)$")


@lru_cache(_REMEMBERED)
def normalise(host: str) -> str:
    """Return a host name or address in its one spelling, or the empty string if it is none.

    Args:
        host: As found, in any case or script, perhaps with a port, brackets or a trailing dot.
    """
    host = host.strip()
    if host.startswith("[") or host.count(":") > 1:
        return _ipv6(host)
    host = _ascii(_PORT.sub("", host)).removesuffix(".")
    labels = host.split(".")
    if len(host) > MAX_HOST_CHARS or not all(_LABEL.match(label) for label in labels):
        return ""
    return _ipv4(host) if _NUMERIC.match(labels[-1]) else host


def host_of(url: str) -> str:
    r"""Return the host that a browser would contact for a URL; empty for `data:`, deep links and the like.

    Backslashes, missing slashes and user info are read as browsers read them (WHATWG URL), so
    `https://evil.test\@tokopedia.com/` belongs to `evil.test`.
    """
    match = _AUTHORITY.match(re.sub(r"[\t\r\n]", "", url.strip()))
    if match is None or match.group(1).lower() not in NETWORK_SCHEMES:
        return ""
    return normalise(match.group(2).rpartition("@")[2])


def host_and_port(url: str) -> tuple[str, int]:
    """Return host and port that a browser would connect to for a URL; an empty host and 0 for none."""
    host, scheme = host_of(url), url.strip().partition(":")[0].lower()
    try:
        port = urlsplit(url).port if host else 0
    except ValueError:
        port = None
    return host, _PORTS.get(scheme, 0) if port is None else port


@lru_cache(_REMEMBERED)
def registrable(host: str) -> str:
    """Return the domain that somebody registered: one label below the public suffix (ICANN section only).

    Addresses, single labels and public suffixes are their own registrable domain.
    """
    host = normalise(host)
    if not host or is_address(host):
        return host
    return _suffixes().privatesuffix(host) or host


def under(host: str, suffix: str) -> bool:
    """Say whether a host is this domain or lies below it, cut at a dot. Never true for empty names."""
    host, suffix = normalise(host), normalise(suffix)
    if not host or not suffix:
        return False
    return host == suffix or (host.endswith("." + suffix) and not is_address(host))


def is_address(host: str) -> bool:
    """Say whether a normalised host is an IP address."""
    return ":" in host or bool(_NUMERIC.match(host.rpartition(".")[2]))


def _ascii(host: str) -> str:
    if host.isascii():
        return host.lower()
    try:
        # UTS #46 as browsers apply it: IDNA 2008 alone would refuse names that browsers do open (emoji).
        mapped = idna.uts46_remap(host, std3_rules=False, transitional=False)
        return ".".join(map(_ascii_label, mapped.split(".")))
    except (idna.IDNAError, UnicodeError):
        return ""


def _ascii_label(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")


def _ipv4(host: str) -> str:
    try:
        return str(ipaddress.IPv4Address(socket.inet_aton(host)))  # also 127.1 and 0x7f.1, as browsers do
    except (OSError, ValueError):
        return ""


def _ipv6(host: str) -> str:
    if host.startswith("["):
        inner, bracket, rest = host[1:].partition("]")
        if not bracket or not re.fullmatch(r"(:\d*)?", rest):
            return ""
        host = inner
    try:
        return str(ipaddress.IPv6Address(host.partition("%")[0]))
    except ValueError:
        return ""


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True)  # the list inside the package; nothing is fetched
