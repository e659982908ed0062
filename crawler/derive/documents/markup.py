"""What a page's source says and nobody sees: data for machines, addresses of its parts, names in its code.

Read from the kept HTML, so that capture does not pay for it and bundles of any age are read alike. Words that
people may meet stand in `text.json` and are not taken again.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote, urljoin, urlsplit

from crawler.derive.cache import cached
from crawler.lib.html_events import read_html
from crawler.model.evidence import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crawler.store.bundle import Bundle

VERSION = 2  # raise it whenever the same source may give other texts
MAX_SOURCE_CHARS = 4_000_000
MAX_TEXTS = 20_000
MAX_TEXT_CHARS = 20_000
MAX_VALUES = 5_000  # of one piece of linked data
MAX_ICONS = 50
MAX_ADDRESS_CHARS = 2_000
LINKED_DATA = "application/ld+json"
ADDRESSES = ("src", "poster", "data", "action", "formaction", "xlink:href")
LINKED = frozenset({"link", "use", "image"})  # whose href names a part of the page, not where a person may go
_ALTERNATIVES = ("alt", "title", "aria-label", "placeholder")
# Elements within which, and beside which, a word goes on.
_INLINE = frozenset(
    {"a", "b", "em", "font", "i", "img", "mark", "small", "span", "strong", "sub", "sup", "u", "wbr"}
)
_ICON = re.compile(r"(^|[\s-])icon(\s|$)")
_WEB = re.compile(r"^(https?:)?//", re.IGNORECASE)
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_SIGNS = re.compile(r"[\W_]+")

MarkupChannel = Literal["json-ld", "manifest", "template", "address", "class"]


class Said(Record):
    """A text of the source: where it stands, and where the link leads that it stands in.

    For the channel `address` the text is the whole address, for `class` one name of a class or an id.
    """

    channel: MarkupChannel
    text: str
    element: str = ""
    href: str = ""


class Icon(Record):
    """A picture that a page declares as its icon, by its whole address."""

    address: str
    element: str


class Markup(Record):
    """What one document's source says. `whole` is false where there was more than is read."""

    said: tuple[Said, ...]
    icons: tuple[Icon, ...] = ()
    manifest: str = ""
    whole: bool = True


def markup(bundle: Bundle, path: str, url: str) -> Markup:
    """Return what a kept document says, from the cache if it was read before.

    Args:
        bundle: The sealed bundle.
        path: The document inside the bundle, such as `data/stages/03-cart/page.html`.
        url: Its address; what its own addresses are relative to.
    """
    inputs = {"version": str(VERSION), "html": bundle.sha256(path), "url": url}
    return cached(
        bundle,
        "markup",
        inputs,
        Markup,
        lambda: read_source(bundle.read(path).decode("utf-8", "replace"), url),
    )


def read_source(source: str, url: str) -> Markup:
    """Return what HTML says at an address."""
    reader = _Reader(url)
    reader.take(source[:MAX_SOURCE_CHARS])
    whole = len(source) <= MAX_SOURCE_CHARS and not reader.full
    icons = tuple(dict.fromkeys(reader.icons))
    return Markup(
        said=tuple(reader.said.values()), icons=icons[:MAX_ICONS], manifest=reader.manifest, whole=whole
    )


def plain_text(source: str) -> str:
    """Return the words of a piece of HTML, with its alternative texts, as one line."""
    reader = _Reader("")
    reader.open_template()
    reader.take(source[:MAX_SOURCE_CHARS])
    return " ".join(said.text for said in reader.said.values() if said.channel == "template")


def declared_texts(data: bytes, url: str, channel: MarkupChannel) -> tuple[Said, ...]:
    """Return the words and addresses in JSON that a page declares.

    Where it is no JSON, the plain text of what stands in the page; an answer that is no manifest declares
    nothing.
    """
    source = data.decode("utf-8", "replace")
    try:
        values = list(_strings(json.loads(source), channel))
    except (ValueError, RecursionError):
        if channel == "manifest" or not source.strip():
            return ()
        return (Said(channel=channel, text=source[:MAX_TEXT_CHARS], element=channel),)
    return tuple(
        Said(channel="address", text=_absolute(url, text), element=where)
        if _WEB.match(text) or where.endswith(".src")
        else Said(channel=channel, text=text[:MAX_TEXT_CHARS], element=where)
        for where, text in values
    )


def words_of_name(text: str) -> str:
    """Return a name of code as the words it is made of: `/img/tiktokLogo-2x` as `img tiktok Logo 2 x`."""
    return " ".join(_SIGNS.sub(" ", _HUMP.sub(" ", text)).split())


def named_part(address: str) -> str:
    """Return the part of an address that its maker names: path and fragment, decoded; no host, no query."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return unquote(parts.path + (f"#{parts.fragment}" if parts.fragment else ""), errors="replace")


class _Reader:
    """Walks the tags of a document once. `full` says that something had to be left out."""

    def __init__(self, url: str) -> None:
        self.said: dict[tuple[str, str, str], Said] = {}
        self.icons: list[Icon] = []
        self.manifest = ""
        self.full = False
        self._base = url
        self._links: list[str] = []  # where the open links lead
        self._templates: list[tuple[str, list[str]]] = []  # open template elements and their text so far
        self._raw: tuple[str, list[str]] | None = None  # kind of the open script or style, and what it holds

    def open_template(self) -> None:
        """Take all words that follow as those of a template."""
        self._templates.append(("", []))

    def take(self, source: str) -> None:
        """Read a source to its end."""
        read_html(source, self)
        self._take_script_data()
        while self._templates:
            self._template_ends()

    def on_start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take the addresses and names of an element."""
        values = dict(attributes)
        element = _element_name(tag, values)
        if tag == "base" and values.get("href"):
            self._base = _absolute(self._base, values["href"])
        elif tag == "a":
            self._links.append(_absolute(self._base, values["href"]) if values.get("href") else "")
        elif tag in ("script", "style"):
            self._raw = (values.get("type", "").lower(), [])
        elif tag == "template" and "shadowrootmode" not in values:
            self._templates.append((element, []))
        for name in _ALTERNATIVES if self._templates else ():
            self._keep_text("template", values.get(name, ""), element)
        self._addresses(tag, values, element)
        for name in (*values.get("class", "").split(), values.get("id", "")):
            self._keep_text("class", name, element)

    def on_end(self, tag: str) -> None:
        """Leave an element; what stood in a template or a script of data ends with it."""
        if tag == "a" and self._links:
            self._links.pop()
        elif tag in ("script", "style"):
            self._take_script_data()
        elif tag == "template" and self._templates:
            self._template_ends()
        elif self._templates and tag not in _INLINE:
            self._templates[-1][1].append(" ")

    def on_text(self, text: str) -> None:
        """Keep text where it may matter: in templates and in scripts that hold data."""
        if self._raw is not None:
            self._raw[1].append(text)
        elif self._templates:
            self._templates[-1][1].append(text)

    def _addresses(self, tag: str, values: dict[str, str], element: str) -> None:
        found = [values[name] for name in ADDRESSES if values.get(name)]
        found += [values["href"]] if tag in LINKED and values.get("href") else []
        found += [entry.split()[0] for entry in values.get("srcset", "").split(",") if entry.split()]
        for address in found:
            self._keep_text("address", _absolute(self._base, address), element)
        kinds = values.get("rel", "").lower() if tag == "link" and values.get("href") else ""
        if _ICON.search(kinds):
            self.icons.append(Icon(address=_absolute(self._base, values["href"]), element=element))
        if "manifest" in kinds.split() and not self.manifest:
            self.manifest = _absolute(self._base, values["href"])

    def _take_script_data(self) -> None:
        """Take what a script held that is no program: linked data, or a template."""
        kind, held = self._raw or ("", [])
        self._raw = None
        if kind == LINKED_DATA:
            for said in declared_texts("".join(held).encode("utf-8", "replace"), self._base, "json-ld"):
                self._keep_text(said.channel, said.text, said.element)
        elif kind in ("text/html", "text/plain") or "template" in kind or "handlebars" in kind:
            inner = read_source(f"<template>{''.join(held)[:MAX_TEXT_CHARS]}</template>", self._base)
            for said in inner.said:
                self._keep_text(said.channel, said.text, f"script[{kind[:40]}]")

    def _template_ends(self) -> None:
        element, text = self._templates.pop()
        self._keep_text("template", " ".join("".join(text).split()), element)

    def _keep_text(self, channel: MarkupChannel, text: str, element: str) -> None:
        """Keep a text once; a picture in a `data:` address has no name."""
        if not text.strip() or (channel == "address" and text[:5].lower() == "data:"):
            return
        if len(self.said) >= MAX_TEXTS:
            self.full = True
            return
        limit = MAX_ADDRESS_CHARS if channel == "address" else MAX_TEXT_CHARS
        self.full |= len(text) > limit
        href = next((link for link in reversed(self._links) if link), "")
        said = Said(channel=channel, text=text[:limit], element=element, href=href)
        self.said.setdefault((channel, said.text, href), said)


def _strings(value: Any, root: str) -> Iterator[tuple[str, str]]:
    """Yield the strings of a JSON value with the keys that lead to them, in order, at most `MAX_VALUES`."""
    stack: list[tuple[str, Any]] = [(root, value)]
    left = MAX_VALUES
    while stack and left:
        where, item = stack.pop()
        if isinstance(item, str):
            left -= 1
            yield where[-160:], item
        elif isinstance(item, list):
            stack += [(where, each) for each in reversed(item)]
        elif isinstance(item, dict):
            named_keys = [(key, each) for key, each in item.items() if key not in ("@context", "@type")]
            stack += [(f"{where}.{key}"[-160:], each) for key, each in reversed(named_keys)]


def _absolute(base: str, address: str) -> str:
    if address[:5].lower() == "data:":
        return address[:MAX_ADDRESS_CHARS]
    try:
        return urljoin(base, address.strip())
    except ValueError:
        return address


def _element_name(tag: str, values: dict[str, str]) -> str:
    ident = values.get("id", "")[:40]
    names = "".join(f".{name[:24]}" for name in values.get("class", "").split()[:2])
    return (tag + (f"#{ident}" if ident else names))[:160]
