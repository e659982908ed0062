"""Marks of payment and checkout on one request, by the lists in `policies/words/payments.toml`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from crawler.derive.network.request_parts import bare, tokens
from crawler.lib import words
from crawler.lib.hosts import under

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.derive.network.request_parts import RequestParts
    from crawler.derive.operators.operator import Operator
    from crawler.model.evidence import FormRecord

Signal = tuple[str, str]  # (id of the mark, what shows it)


def strong(parts: RequestParts) -> tuple[Signal, ...]:
    """Return the marks of which one makes a payment request."""
    lists = _lists("strong")
    found = [*_by_names(parts, lists), *_by_address(parts, lists)]
    return tuple(dict.fromkeys(found))


def _by_names(parts: RequestParts, lists: dict[str, Any]) -> Iterator[Signal]:
    for name in sorted(parts.names & set(lists["card_fields"])):
        yield "card-field", name
    for name in _field_sets(parts.names):
        yield "gateway-fields", name
    if set(lists["snap_headers"]) <= parts.headers:
        yield "snap-headers", ", ".join(lists["snap_headers"])
    if has_qris(parts.body):
        yield "qris", "ID.CO.QRIS.WWW"


def _by_address(parts: RequestParts, lists: dict[str, Any]) -> Iterator[Signal]:
    for path in lists["snap_paths"]:
        if path in parts.path:
            yield "snap-path", path
    for gateway in lists["gateways"]:
        if _is_gateway(parts, gateway):
            yield "gateway", gateway["name"]
    for path in lists["deep_link_paths"]:
        if path in parts.path:
            yield "deep-link", path


def app_link(parts: RequestParts, operator: Operator) -> tuple[Signal, ...]:
    """Return the mark of a link into an app that takes payment, or whose address speaks of payment."""
    if not parts.host.endswith(":") or is_contact(parts):
        return ()
    if operator.payment in ("yes", "sandbox"):
        return (("deep-link", parts.host),)
    wanted = {*_lists("medium")["path_tokens"], *_lists("page")["app_tokens"]}
    found = sorted(tokens(unquote(parts.url.partition(":")[2])) & wanted)
    return (("app-link", f"{parts.host} {', '.join(found)}"),) if found else ()


def _field_sets(names: frozenset[str]) -> list[str]:
    sets = _lists("strong")["field_sets"]
    return [known["name"] for known in sets if len(names & set(known["fields"])) >= known["at_least"]]


def medium(parts: RequestParts, operator: Operator) -> tuple[Signal, ...]:
    """Return the marks of which two make a payment request, save those that need the visit."""
    return tuple(_medium(parts, operator, _lists("medium")))


def _medium(parts: RequestParts, operator: Operator, lists: dict[str, Any]) -> Iterator[Signal]:
    if found := sorted(parts.path_tokens & set(lists["path_tokens"])):
        yield "path", ", ".join(found)
    if operator.payment in ("yes", "sandbox"):
        yield "payment-host", operator.host
    elif found := sorted(tokens(parts.host) & set(lists["host_tokens"])):
        yield "host-name", ", ".join(found)
    if named := [name for name in parts.operations if tokens(name) & set(lists["operation_tokens"])]:
        yield "operation", ", ".join(named)
    if found := sorted(parts.names & set(lists["fields"])):
        yield "fields", ", ".join(found)
    if parts.names & set(lists["amount_fields"]) and lists["currency"] in parts.body:
        yield "amount", lists["currency"]


def checkout(parts: RequestParts, operator: Operator) -> tuple[Signal, ...]:
    """Return the marks of a cart or checkout call."""
    lists = _lists("checkout")
    found: list[Signal] = []
    if words_found := sorted(parts.path_tokens & set(lists["path_tokens"])):
        found.append(("path", ", ".join(words_found)))
    if named := [name for name in parts.operations if tokens(name) & set(lists["operation_tokens"])]:
        found.append(("operation", ", ".join(named)))
    if operator.role in lists["roles"]:
        found.append(("shop-api-host", operator.host))
    return tuple(found)


def creates_order(parts: RequestParts) -> tuple[Signal, ...]:
    """Return the mark of a call that creates an order, by the words of its path or of one operation."""
    lists = _lists("checkout")
    for named in (parts.path_tokens, *map(tokens, parts.operations)):
        if (nouns := named & set(lists["order_nouns"])) and (verbs := named & set(lists["order_verbs"])):
            return (("creates-order", f"{min(verbs)} {min(nouns)}"),)
    return ()


def trapped(parts: RequestParts, operator: Operator, kind: str) -> str:
    """Return why only strong marks count for a request: what it is instead. Empty if they all count."""
    traps = _lists("traps")
    if operator.role in traps["roles"]:
        return f"role {operator.role}"
    if kind in traps["types"] and not (kind == "ping" and operator.payment in ("yes", "sandbox")):
        return f"type {kind}"  # a beacon is telemetry, save where it goes to those who take payment
    for page in traps["pages"]:
        if parts.host == page["host"] and parts.path.startswith(page["path"]):
            return str(page["why"])
    if found := sorted(parts.path_tokens & set(traps["path_tokens"])):
        return f"path {', '.join(found)}"
    return ""


def card_form(form: FormRecord) -> tuple[Signal, ...]:
    """Return the marks of a form that takes card data or posts to a gateway."""
    lists = _lists("strong")
    found: list[Signal] = []
    for field in form.fields:
        hints = set(field.autocomplete.lower().split()) & set(lists["card_autocomplete"])
        if hints or bare(field.name) in lists["card_fields"]:
            found.append(("form-card-field", bare(field.name) or min(hints)))
    found += [("form-card-field", label) for label in _card_labels(form)]
    names = frozenset(bare(field.name) for field in form.fields)
    found += [("form-gateway-fields", name) for name in _field_sets(names)]
    return tuple(dict.fromkeys(found))


def _card_labels(form: FormRecord) -> list[str]:
    """Return labels that ask for two or more parts of a payment card; none where they ask for one only.

    A shop may call its fields `number` and `code`: what a person reads beside them tells what they are.
    """
    lists = _lists("strong")["card_labels"]
    asked: dict[str, str] = {}
    for field in form.fields:
        said = " ".join(field.label.casefold().split())
        if not said or len(said) > lists["label_chars"]:
            continue
        if _says(said, lists["other"]):
            return []
        for part in ("number", "code", "expiry"):
            if _says(said, lists[part]):
                asked.setdefault(part, said)
    return list(asked.values()) if len(asked) > 1 else []


def _says(said: str, phrases: list[str]) -> bool:
    """Say whether a text holds one of some phrases as whole words."""
    return any(re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", said) for phrase in phrases)


def has_qris(text: str) -> bool:
    """Say whether a text holds a QRIS code."""
    return "ID.CO.QRIS.WWW" in text and re.search(_lists("strong")["qris"], text) is not None


def is_contact(parts: RequestParts) -> bool:
    """Say whether a link calls, writes or opens a file: whatever it says, it takes no payment."""
    return parts.host.endswith(":") and parts.host[:-1] in _lists("page")["contact_schemes"]


def is_control(label: str) -> bool:
    """Say whether the label of a link or button leads to payment: `Bayar sekarang`, `Pay Rp120.000`."""
    lists = _lists("page")
    said = " ".join(label.casefold().split()).strip(" >!.\u203a\u00bb\u2192")
    if not said or len(said) > lists["label_chars"] or said.startswith(tuple(lists["no_controls"])):
        return False
    return any(re.match(rf"{re.escape(each)}(?!\w)", said) for each in lists["controls"])


def calls_gateway(parts: RequestParts) -> tuple[Signal, ...]:
    """Return the mark of a call in the shape of a gateway's: by words of its path, or by its fields."""
    lists = _lists("calls")
    if (parts.path_tokens | tokens(parts.host)) & set(lists["innocent"]):
        return ()
    if found := sorted(parts.path_tokens & set(lists["path_tokens"])):
        return (("gateway-call", ", ".join(found)),)
    found = sorted(parts.names & set(lists["fields"]))
    return (("gateway-call", ", ".join(found)),) if len(found) > 1 else ()


def _is_gateway(parts: RequestParts, gateway: dict[str, str]) -> bool:
    if "under" in gateway and not under(parts.host, gateway["under"]):
        return False
    if "host" in gateway and not re.search(gateway["host"], parts.host):
        return False
    return "path" not in gateway or re.search(gateway["path"], parts.path) is not None


def _lists(name: str) -> dict[str, Any]:
    lists: dict[str, Any] = words.load("payments")[name]
    return lists
