"""Certificates as they were received on a connection: subject, issuer, names, days."""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import TYPE_CHECKING

from crawler.lib.clock import stamp
from crawler.lib.lazy import LazyPackage
from crawler.model.evidence import Record

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
else:
    x509 = LazyPackage("cryptography.x509")
    hashes = LazyPackage("cryptography.hazmat.primitives.hashes")

MAX_NAMES = 200


class Certificate(Record):
    """A server's own certificate, the first of its chain. `organisation` is empty where it names none."""

    sha256: str
    subject: str
    organisation: str
    issuer: str
    names: tuple[str, ...]
    valid_from: str
    valid_to: str


@lru_cache(maxsize=4096)
def read_certificate(pem: str) -> Certificate | None:
    """Return the facts of a certificate in PEM, None if it cannot be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd serial numbers are the server's business
            found = x509.load_pem_x509_certificate(pem.encode())
            return Certificate(
                sha256=found.fingerprint(hashes.SHA256()).hex(),
                subject=_displayed_name(found.subject),
                organisation=_attribute(found.subject, x509.NameOID.ORGANIZATION_NAME),
                issuer=_displayed_name(found.issuer),
                names=_names(found),
                valid_from=stamp(found.not_valid_before_utc),
                valid_to=stamp(found.not_valid_after_utc),
            )
    except (ValueError, OverflowError, x509.UnsupportedGeneralNameType):
        return None


def _displayed_name(name: x509.Name) -> str:
    common, organisation = (
        _attribute(name, x509.NameOID.COMMON_NAME),
        _attribute(name, x509.NameOID.ORGANIZATION_NAME),
    )
    return ", ".join(part for part in (common, organisation) if part)


def _attribute(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    values = name.get_attributes_for_oid(oid)
    return str(values[0].value)[:300] if values else ""


def _names(found: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = found.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    return tuple(name.lower()[:253] for name in extension.value.get_values_for_type(x509.DNSName)[:MAX_NAMES])
