"""The web manifest that a page declares: which one, and what it says where an answer is one.

The first link counts, and an answer that is no JSON object declares nothing (Web Application Manifest, W3C,
https://www.w3.org/TR/appmanifest/). A browser then goes on without, as where a single-page app answers
every address with its own page.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crawler.collect.dom.document import Document


def declared_by(document: Document) -> str:
    """Return the address of the manifest that a document declares; empty without one."""
    found = (document.attributes(node) for node in document.elements("link"))
    links = (
        each["href"]
        for each in found
        if each.get("href") and "manifest" in each.get("rel", "").lower().split()
    )
    return next((document.link(link) for link in links), "")


def values_of(answer: bytes) -> dict[str, Any]:
    """Return what an answer declares; nothing where it is no manifest."""
    try:
        values = json.loads(answer)
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}
