"""The text inside a QRIS code: tags, lengths and values, and whose account it names.

Source: EMV QR Code Specification for Payment Systems, Merchant-Presented Mode 1.1; QRIS puts the reverse
domain of the institution into sub-tag 00 of the templates 26 to 51, the national register into template 51.
"""

from __future__ import annotations

import re
from binascii import crc_hqx
from itertools import islice
from typing import NamedTuple

MAX_CHARS = 1_024  # twice what the standard allows
MAX_BEGINNINGS = 50  # looked at in one text
TEMPLATES = range(26, 52)
NATIONAL = "ID.CO.QRIS.WWW"
_BEGINS = "000201"
_CANDIDATE = re.compile(r"000201[0-9]{2}")
_DOMAIN = re.compile(r"[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,5}")
_CRC_TAIL = "6304"


class Qris(NamedTuple):
    """What a code says. `domains` are those of the institutions it names, as host names are written.

    `national` says whether it names the national register; `whole` whether its check sum fits.
    """

    domains: tuple[str, ...]
    national: bool
    whole: bool


def parse_code(text: str) -> Qris | None:
    """Return what a code of the standard says; None where the text is none, or is cut off."""
    text = text.strip()
    if not text.startswith(_BEGINS) or len(text) > MAX_CHARS:
        return None
    tags = _tags(text)
    if not tags or "63" not in tags or not tags.keys() & {"53", "58", "59"}:
        return None
    named = [_tags(tags[f"{number:02d}"]) or {} for number in TEMPLATES if f"{number:02d}" in tags]
    identifiers = [sub.get("00", "") for sub in named]
    domains = [_as_host(each) for each in identifiers if each.upper() != NATIONAL]
    return Qris(
        domains=tuple(dict.fromkeys(filter(None, domains))),
        national=any(each.upper() == NATIONAL for each in identifiers),
        whole=_check_sum_fits(text),
    )


def find_code(text: str) -> Qris | None:
    """Return the first code that stands anywhere in a text; its check sum must fit."""
    for hit in islice(_CANDIDATE.finditer(text), MAX_BEGINNINGS):
        end = text.find(_CRC_TAIL, hit.end())
        while 0 <= end < hit.start() + MAX_CHARS:
            found = parse_code(text[hit.start() : end + 8])
            if found and found.whole:
                return found
            end = text.find(_CRC_TAIL, end + 1)
    return None


def _tags(text: str) -> dict[str, str] | None:
    """Return the values by tag; None where lengths and text do not agree."""
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        tag, length = text[at : at + 2], text[at + 2 : at + 4]
        if not (_digits(tag) and _digits(length)):
            return None
        at += 4 + int(length)
        if at > len(text):
            return None
        found.setdefault(tag, text[at - int(length) : at])
    return found


def _digits(text: str) -> bool:
    return len(text) == 2 and text.isascii() and text.isdigit()


def _as_host(identifier: str) -> str:
    """Return a reverse domain the way hosts are written: `ID.DANA.WWW` is `www.dana.id`."""
    if not _DOMAIN.fullmatch(identifier):
        return ""
    return ".".join(reversed(identifier.lower().split(".")))


def _check_sum_fits(text: str) -> bool:
    """Say whether the check sum (CRC-16/CCITT-FALSE) over all before it is the one that stands there."""
    body, said = text[:-4], text[-4:]
    if not body.endswith(_CRC_TAIL):
        return False
    return said.upper() == f"{crc_hqx(body.encode('utf-8', 'replace'), 0xFFFF):04X}"
