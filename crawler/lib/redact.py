"""Secrets out, equality in: values become keyed hashes that are equal where the values were.

The key is made for one run and never stored, so a hash in a bundle cannot be tested against a guess, while
the same identifier sent to two hosts still shows as the same hash. Only the secret is replaced: every other
byte of an address or a body stays as it was.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, unquote_plus

from crawler.lib import json_spans, named, words
from crawler.lib.answers import Answers
from crawler.lib.learned import MAX_COOKIES, MAX_VALUES, Learned, spellings
from crawler.lib.multipart import Multipart, Part, split_multipart

if TYPE_CHECKING:
    from collections.abc import Iterable

_LEARN_MIN_CHARS = 8
_OPAQUE_CHARS = 32
_OPAQUE_DIGITS = 10
_MAX_UNQUOTINGS = 3
_REMEMBER = 10_000
_HASH = re.compile(r"h:[0-9a-f]{16}(?![0-9a-f])")
_CARD = re.compile(r"(?<!\d)(?!(?<=h:)[0-9a-f]{16}(?![0-9a-f]))(?:\d[ -]?){12,18}\d(?!\d)")
_DIGITS = re.compile(r"\d[\d -]{12}")  # in every card number, and found far quicker than one
_JWT = re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{4,}+(?:\.[A-Za-z0-9_-]*+){2,4}+")
_BEARER = re.compile(r"\b(bearer(?:[ +]|%20|\\u0020){1,3}+)([A-Za-z0-9._~+/=-]{8,}+)", re.IGNORECASE)
_AUTHORITY = re.compile(r"(\s*(?:[A-Za-z][A-Za-z0-9+.-]*+:)?[/\\]{2,})([^/\\?#]*)")
_NO_ADDRESS = re.compile(r"\s*(?:data|blob|javascript):", re.IGNORECASE)
_GUARDED_JSON = re.compile(r"\s*(?:\)\]\}'?,?|while\(1\);|for\(;;\);)")
_PART_NAME = re.compile(r"(?<![\w-])name=\"([^\"\r\n]{1,200})\"")
_LINE_FIELD = re.compile(r"[A-Za-z0-9_.\[\]-]{1,64}+=")


class Redactor:
    """Replaces secret values by `h:` and 16 hex digits of HMAC-SHA-256 under the run's key.

    Args:
        key: At least 16 random bytes, made for this run.
        typed: Secrets that the journey types in; replaced wherever they appear, as parts of words too.
    """

    def __init__(self, key: bytes, typed: tuple[str, ...] = ()) -> None:
        if len(key) < 16:
            raise ValueError("a redaction key needs at least 16 bytes")
        self._key = key
        self._names = _Names()
        self._learned = Learned()
        self._answers = self.answers()
        self._typed = {
            spelling: self.value(secret) for secret in typed if secret for spelling in _all_spellings(secret)
        }
        longest_first = sorted(self._typed, key=len, reverse=True)
        self._typed_pattern = re.compile("|".join(map(re.escape, longest_first))) if typed else None

    @property
    def full(self) -> bool:
        """Whether more values were seen than can be looked for, so that some may stand unhashed."""
        return self._learned.full

    def value(self, value: str) -> str:
        """Return the keyed hash of a value; a value that is a hash already stays as it is.

        Percent-encoding and `+` for a space are undone first, so that a value has the same hash in a cookie,
        in an address and in a body.
        """
        if _HASH.fullmatch(value):
            return value
        data = _unquoted(value).encode("utf-8", "surrogatepass")
        return "h:" + hmac.new(self._key, data, hashlib.sha256).hexdigest()[:16]

    def learn(self, value: str, limit: int = MAX_VALUES) -> str:
        """Hash a value and, if it looks like an identifier, replace it from now on wherever it stands.

        Words are not replaced elsewhere: a cookie whose value is a brand name must not blank that name in the
        page's text, which is the evidence.

        Args:
            value: The value.
            limit: How many values may be known for this one to be taken in; see `full`.
        """
        hashed = self.value(value)
        if opaque(value) and hashed != value:
            self._learned.add(value, hashed, limit)
        return hashed

    def headers(self, headers: dict[str, str]) -> dict[str, str]:
        """Return headers with cookie values and secret headers hashed. Names are kept, in lower case."""
        return {name.lower(): self._safe_header(name.lower(), value) for name, value in headers.items()}

    def url(self, url: str) -> str:
        """Return a URL with user info dropped and secret values hashed, else as it was."""
        if _NO_ADDRESS.match(url):
            return self.text(url)
        head, hash_mark, fragment = url.partition("#")
        base, question_mark, query = head.partition("?")
        authority = _AUTHORITY.match(base)
        host = authority[1] + authority[2].rpartition("@")[2] if authority else ""
        path = self.text(base[authority.end() :] if authority else base)
        return (
            f"{host}{path}{question_mark}{self._safe_pairs(query)}{hash_mark}{self._safe_fragment(fragment)}"
        )

    def body(self, data: bytes, content_type: str) -> tuple[bytes, tuple[str, ...]]:
        """Return a body with its secret values hashed, and the names of its fields.

        Args:
            data: The body as it was on the wire.
            content_type: Its declared media type; what looks like JSON is read as such whatever is declared.
        """
        text, kind = data.decode("utf-8", "surrogateescape"), content_type.lower()
        cut = split_multipart(text, content_type) if "multipart" in kind else None
        names: Iterable[str]
        if read := self._safe_json(text):
            text, names = read
        elif "urlencoded" in kind:
            text, names = self._safe_pairs(text), _field_names(text.split("&"))
        elif cut:
            text, names = self._safe_parts(cut)
        elif kind.startswith("text/plain"):
            text, names = self._safe_lines(text)
        else:
            names = _PART_NAME.findall(text[:1_000_000])
            text = self.text(text)
        return _encode(text), tuple(dict.fromkeys(names))

    def text(self, text: str) -> str:
        """Return free text without secrets that can be told in it.

        These are typed secrets, values learned before, card numbers, JSON Web Tokens, bearer tokens, and what
        stands beside a secret name (`"name":"value"`, `name=value`) and looks like a token.

        The same texts come with every request: their answers are remembered until a value is learned.
        """
        return self._answers.of(text, self._searched)

    def answers(self) -> Answers:
        """Return an empty memory for what texts become of which this redactor's answers are a part."""
        return Answers(self._learned)

    def _searched(self, text: str) -> str:
        text = named.replace(text, self._beside_name)
        if self._typed_pattern:
            text = self._typed_pattern.sub(lambda match: self._typed[match[0]], text)
        if "eyJ" in text:
            text = _JWT.sub(lambda match: self.value(match[0]), text)
        if "bearer" in text.lower():
            text = _BEARER.sub(self._safe_bearer, text)
        text = self._learned.replace(text)
        return _CARD.sub(self._safe_card, text) if _DIGITS.search(text) else text

    def _safe_header(self, name: str, value: str) -> str:
        if name == "cookie":
            return "; ".join(self._safe_cookie(part) for part in value.split(";"))
        if name == "set-cookie":
            return "\n".join(self._set_cookie(line) for line in value.split("\n"))
        if name in ("referer", "location", "content-location", "origin", ":path"):
            return self.url(value)
        if self._names.is_list(name):
            return ",".join(self._list_word(word) for word in value.split(","))
        secret = not name.startswith(":") and self._names.is_header(name)
        return self._safe_credentials(value) if secret else self.text(value)

    def _safe_credentials(self, value: str) -> str:
        scheme, space, token = value.partition(" ")
        if space and scheme.lower() in self._names.schemes:
            return f"{scheme} {self.learn(token)}"  # the token may stand alone elsewhere
        return self.learn(value)

    def _list_word(self, word: str) -> str:
        bare = word.strip()
        return word.replace(bare, self.learn(bare)) if opaque(bare) and bare else self.text(word)

    def _safe_cookie(self, part: str) -> str:
        name, separator, value = part.strip().partition("=")
        hashed = self.learn(value if separator else name, MAX_COOKIES)
        return f"{name}={hashed}" if separator else hashed

    def _set_cookie(self, line: str) -> str:
        first, *attributes = line.split(";")
        return ";".join([self._safe_cookie(first), *attributes])

    def _safe_fragment(self, fragment: str) -> str:
        route, question_mark, query = fragment.partition("?")
        if question_mark:
            return f"{self._safe_fragment(route)}?{self._safe_pairs(query)}"
        return self._safe_pairs(fragment) if "=" in fragment else self.text(fragment)

    def _safe_pairs(self, query: str) -> str:
        return "&".join(self._safe_pair(piece) for piece in query.split("&"))

    def _safe_pair(self, piece: str) -> str:
        """Return `name=value` as it stood but for its secret; one only seen decoded costs the encoding."""
        name, separator, raw = piece.partition("=")
        if not raw:
            return self.text(piece)
        decoded = _decoded(raw)
        if (known := self._whole_replacement(_decoded(name), decoded)) is not None:
            return f"{self.text(name)}={raw if known == decoded else known}"
        kept = self.text(raw)
        decoded = _decoded(kept)
        if decoded != kept and (safe := self.text(decoded)) != decoded:
            kept = _quoted(safe)
        return f"{self.text(name)}{separator}{kept}"

    def _whole_replacement(self, name: str, value: str) -> str | None:
        """Return what replaces a field's whole value, if it is a secret as a whole."""
        if hashed := self._learned.get(value):
            return hashed
        token = opaque(value) and not _HASH.search(value)
        if value and (self._names.is_field(name) or (token and self._names.is_opaque_field(name))):
            return self.learn(value)
        return None

    def _safe_field(self, name: str, value: str) -> str:
        if name.lower() in ("cookie", "set-cookie", "authorization"):
            return self._safe_header(name.lower(), value)
        known = self._whole_replacement(name, value)
        if known is not None:
            return known
        read = self._safe_json(value)
        return read[0] if read else self.text(value)

    def _safe_json(self, text: str) -> tuple[str, tuple[str, ...]] | None:
        """Return a JSON text redacted, and its names; None if it is none. Also one document a line."""
        guard = _GUARDED_JSON.match(text)
        start = guard.end() if guard else 0
        if text[start : start + 1_000].lstrip()[:1] not in ("{", "["):
            return None
        try:
            changed, names = json_spans.change_values(text[start:], self._safe_field)
        except (ValueError, RecursionError):
            return None if guard or "\n" not in text.strip() else self._json_lines(text)
        return text[:start] + changed, names

    def _json_lines(self, text: str) -> tuple[str, tuple[str, ...]] | None:
        lines, names = [], dict[str, None]()
        for line in text.split("\n"):
            read = self._safe_json(line)
            lines.append(read[0] if read else line)
            names.update(dict.fromkeys(read[1] if read else ()))
        return (self.text("\n".join(lines)), tuple(names)) if names else None

    def _safe_parts(self, cut: Multipart) -> tuple[str, list[str]]:
        parts, names = list[Part](), list[str]()
        for part in cut.parts:
            name = part.name
            if name is None:
                parts.append(Part(self.text("".join(part))))
                continue
            names.append(name)
            parts.append(
                part._replace(head=self.text(part.head), content=self._safe_field(name, part.content))
            )
        return cut.joined(parts), names

    def _safe_lines(self, text: str) -> tuple[str, list[str]]:
        """Redact plain text; its lines may be `name=value`, as forms and beacons send them."""
        lines, names = text.split("\n"), list[str]()
        for number, line in enumerate(lines):
            bare = line.removesuffix("\r")
            if _LINE_FIELD.match(bare):
                names += _field_names(bare.split("&"))
                lines[number] = self._safe_pairs(bare) + line[len(bare) :]
        return self.text("\n".join(lines)), names

    def _beside_name(self, name: str, value: str) -> str | None:
        """Judge a value that stands beside a name in free text, where names are also ordinary words."""
        if not (self._names.is_field(name) or self._names.is_opaque_field(name)):
            return None
        if _HASH.search(value):
            return ""
        decoded = _decoded(value)
        short = self._names.is_short_field(name) and _short_secret(decoded)
        return self.learn(decoded) if short or opaque(decoded) else ""

    def _safe_bearer(self, match: re.Match[str]) -> str:
        return match[1] + self.learn(match[2]) if opaque(match[2]) else match[0]

    def _safe_card(self, match: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", match.group())
        return self.value(digits) if luhn(digits) else match.group()


class _Names:
    """Says which names are those of secrets. The same few header names come with every request."""

    def __init__(self) -> None:
        self.is_list = lru_cache(_REMEMBER)(self._is_list)
        self.is_header = lru_cache(_REMEMBER)(self._is_header)
        data = words.load("secrets")
        self.schemes = frozenset(data["schemes"])
        self._headers, self._header_parts = frozenset(data["headers"]), tuple(data["header_parts"])
        self._fields, self._field_parts = frozenset(data["fields"]), tuple(data["field_parts"])
        self._lists, self._opaque = frozenset(data["header_lists"]), frozenset(data["opaque_fields"])
        self._short = frozenset(data["short_fields"])

    def _is_list(self, name: str) -> bool:
        return _folded(name) in self._lists

    def _is_header(self, name: str) -> bool:
        return _folded(name) in self._headers or any(part in _folded(name) for part in self._header_parts)

    def is_field(self, name: str) -> bool:
        folded = _folded(name)
        return _is_one(name, self._fields) or any(part in folded for part in self._field_parts)

    def is_opaque_field(self, name: str) -> bool:
        return _is_one(name, self._opaque)

    def is_short_field(self, name: str) -> bool:
        return _is_one(name, self._short)


def _folded(name: str) -> str:
    return re.sub(r"[-_\[\].]", "", name.lower())


def _is_one(name: str, names: frozenset[str]) -> bool:
    last = re.split(r"[\[.]", name.rstrip("]"))[-1]
    return _folded(name) in names or _folded(last) in names


def _all_spellings(secret: str) -> tuple[str, ...]:
    return tuple(spelling for spelling in spellings(secret) if spelling)


def _short_secret(value: str) -> bool:
    digit = any(character.isdigit() for character in value)
    return digit and not any(character.isspace() for character in value)


def _unquoted(value: str) -> str:
    for _ in range(_MAX_UNQUOTINGS):
        if "%" not in value:
            break
        value = unquote(value, errors="surrogateescape")
    return value.replace("+", " ")


def _decoded(raw: str) -> str:
    return unquote_plus(raw, errors="surrogateescape")


def _field_names(pieces: Iterable[str]) -> list[str]:
    return [_decoded(piece.partition("=")[0]) for piece in pieces if piece]


def _encode(text: str) -> bytes:
    """Return the bytes that `text` was decoded from; a surrogate that JSON spelled out becomes `?`."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def opaque(value: str) -> bool:
    """Say whether a value looks like an identifier or a token rather than like words, a date or a number."""
    if len(value) < _LEARN_MIN_CHARS or any(character.isspace() for character in value):
        return False
    digits = sum(character.isdigit() for character in value)
    mixed = digits > 0 and any(character.isalpha() for character in value)
    return mixed or len(value) >= _OPAQUE_CHARS or (digits == len(value) >= _OPAQUE_DIGITS)


def luhn(digits: str) -> bool:
    """Say whether a string of digits carries a valid Luhn check digit, as card numbers do."""
    doubled = (int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _quoted(text: str) -> str:
    """Quote text for a query; bytes that were no UTF-8 come back as they were, other surrogates as `?`."""
    try:
        return quote(text, safe=":/,", errors="surrogateescape")
    except UnicodeEncodeError:
        return quote(text, safe=":/,", errors="replace")
