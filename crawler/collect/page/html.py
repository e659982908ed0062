"""The HTML of every frame as the browser holds it, shadow roots included, without what was typed."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from playwright.sync_api import Error as PlaywrightError

from crawler.collect.dom import snapshot
from crawler.errors import CollectorError
from crawler.lib.kept import keep_characters
from crawler.store import layout

if TYPE_CHECKING:
    from crawler.collect.target import Target
    from crawler.lib.redact import Redactor
    from crawler.model.evidence import Artifact

MAX_CHARS = 20_000_000
# No parser: the browser writes attributes out in one form, and every byte but the values has to stay.
_ATTRIBUTE = r"""\s+[^\s"'<>=/]+(?:="[^"]*")?"""
_INPUT = re.compile(rf"<input((?:{_ATTRIBUTE})*)\s*/?>", re.IGNORECASE)
_VALUE = re.compile(r'(\svalue=")([^"]+)(")', re.IGNORECASE)
_TYPE = re.compile(r'\stype="(button|submit|reset|image|checkbox|radio)"', re.IGNORECASE)
_TEXTAREA = re.compile(rf"(<textarea(?:{_ATTRIBUTE})*\s*>)([^<]+)(</textarea>)", re.IGNORECASE)


class Html:
    """Reads the source of the page as it stands."""

    id = "html"

    def collect(self, target: Target) -> tuple[Artifact, ...]:
        """Take `page.html`, and `frame-01.html`, … for the other frames, numbered as in `text.json`.

        Raises:
            CollectorError: a frame went away before it could be read; the others are kept.
        """
        page = snapshot.read_documents(target)
        taken: list[Artifact] = []
        gone: list[str] = []
        for document, session in zip(page.documents, page.sessions, strict=True):
            name = layout.frame_source(document.frame.number)
            query = {"backendNodeId": document.root, "includeShadowDOM": True}
            try:
                source = session.send("DOM.getOuterHTML", query)["outerHTML"]
            except PlaywrightError as error:
                gone.append(f"{name}: {error.message.splitlines()[0]}")
                continue
            whole = keep_characters(source, MAX_CHARS)
            text = "".join(target.bounded("html", f"characters of {name}", whole))
            taken.append(target.keep_text("html", name, scrub(text, target.redactor)))
        if gone:
            raise CollectorError("; ".join(gone)[:500])
        return tuple(taken)


def scrub(source: str, redactor: Redactor) -> str:
    """Return HTML as the browser writes it out, with the values of fields and known secrets hashed."""

    def value(match: re.Match[str]) -> str:
        return match[1] + redactor.value(html.unescape(match[2])) + match[3]

    def field(match: re.Match[str]) -> str:
        return match[0] if _TYPE.search(match[1]) else _VALUE.sub(value, match[0])

    return redactor.text(_TEXTAREA.sub(value, _INPUT.sub(field, source)))
