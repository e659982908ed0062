"""Forms and loose fields: where they send to and what they ask for, never what stands in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from crawler.collect.dom import snapshot
from crawler.collect.dom.document import TEXT, Document
from crawler.collect.plain import storable
from crawler.lib.kept import keep_first
from crawler.model.evidence import Artifact, FormField, FormRecord

if TYPE_CHECKING:
    from crawler.collect.target import Target

MAX_FORMS = 500
MAX_FIELDS = 500
MAX_TEXT_CHARS = 300
Item = TypeVar("Item")
_BUTTONS = frozenset({"button", "submit", "reset", "image"})


class Forms:
    """Reads the forms of all frames."""

    id = "forms"

    def collect(self, target: Target) -> tuple[Artifact, ...]:
        """Take `forms.json`: forms in document order, then the loose fields of each frame."""
        records: list[FormRecord] = []
        for document in snapshot.read_documents(target).documents:
            records += _Reader(target, document).records()
        kept = target.bounded("forms", "forms", keep_first(records, MAX_FORMS))
        return (target.keep_records("forms", "forms.json", kept),)


@dataclass
class _Parts:
    fields: list[FormField] = field(default_factory=list)
    buttons: list[str] = field(default_factory=list)
    other_actions: list[tuple[str, str, str]] = field(default_factory=list)


class _Reader:
    def __init__(self, target: Target, document: Document) -> None:
        self._target, self._document = target, document
        self._texts = self._inner_texts()
        self._ids = {
            ident: node
            for node in document.elements("form")
            if (ident := document.attributes(node).get("id"))
        }
        self._labels = {
            named: self._texts.get(node, "")
            for node in document.elements("label")
            if (named := document.attributes(node).get("for"))
        }

    def records(self) -> list[FormRecord]:
        """Return the forms of the document, and one record more for fields outside of any."""
        parts: dict[int | None, _Parts] = {node: _Parts() for node in self._document.elements("form")}
        parts[None] = _Parts()
        for node in self._document.elements("input", "select", "textarea", "button"):
            self._sort(node, parts[self._owner(node)])
        found: list[FormRecord] = []
        for form, own in parts.items():
            if form is not None or own.fields or own.buttons:
                found += self._form(form, own)
        return found

    def _form(self, node: int | None, parts: _Parts) -> list[FormRecord]:
        """Return a form, and one more for each button that sends it elsewhere."""
        attributes = self._document.attributes(node) if node is not None else {}
        method = attributes.get("method", "get").lower() if node is not None else ""
        action = self._action(attributes.get("action", "")) if node is not None else ""
        fields = self._bounded("fields of a form", parts.fields)
        sendings = [(action, method, self._bounded("buttons of a form", parts.buttons))]
        sendings += [(self._action(to), how or method, (text,)) for to, how, text in parts.other_actions]
        return [
            FormRecord(
                frame=self._document.frame.number,
                action=to,
                method=storable(how, 20),
                target=storable(attributes.get("target", ""), 100),
                fields=fields,
                buttons=buttons,
            )
            for to, how, buttons in sendings
        ]

    def _bounded(self, what: str, items: list[Item]) -> tuple[Item, ...]:
        return self._target.bounded("forms", what, keep_first(items, MAX_FIELDS))

    def _sort(self, node: int, parts: _Parts) -> None:
        attributes = self._document.attributes(node)
        name = self._document.names[node]
        kind = attributes.get("type", "submit" if name == "button" else "text").lower()
        if name != "button" and not (name == "input" and kind in _BUTTONS):
            parts.fields.append(self._field(node, attributes, kind if name == "input" else name))
            return
        text = self._text(self._texts.get(node) or attributes.get("value") or attributes.get("alt", ""))
        parts.buttons.append(text)
        if attributes.get("formaction"):
            parts.other_actions.append((attributes["formaction"], attributes.get("formmethod", ""), text))

    def _field(self, node: int, attributes: dict[str, str], kind: str) -> FormField:
        return FormField(
            name=storable(attributes.get("name") or attributes.get("id", ""), 200),
            type=storable(kind, 50),
            autocomplete=storable(attributes.get("autocomplete", ""), 100),
            label=self._label_of(node, attributes),
        )

    def _label_of(self, node: int, attributes: dict[str, str]) -> str:
        around = next((up for up in self._document.above(node) if self._document.names[up] == "label"), None)
        candidates = (
            self._labels.get(attributes.get("id", ""), ""),
            self._texts.get(around, "") if around is not None else "",
            attributes.get("aria-label", ""),
            attributes.get("placeholder", ""),
        )
        return self._text(next((text for text in candidates if text.strip()), ""))

    def _owner(self, node: int) -> int | None:
        """Return the form of a field: the one it names, else the one around it."""
        named = self._document.attributes(node).get("form")
        if named is not None:
            return self._ids.get(named)
        return next((up for up in self._document.above(node) if self._document.names[up] == "form"), None)

    def _inner_texts(self) -> dict[int, str]:
        """Return the text inside each label and button."""
        document, texts = self._document, dict[int, str]()
        for node, kind in enumerate(document.types):
            if kind == TEXT:
                for above in document.above(node):
                    if document.names[above] in ("label", "button"):
                        texts[above] = texts.get(above, "") + document.value(node)
                    elif document.names[above] in ("textarea", "select", "script", "style"):
                        break
        return texts

    def _action(self, action: str) -> str:
        address = self._document.link(action) if action.strip() else self._document.url
        return storable(self._target.redactor.url(address), 4_096)

    def _text(self, text: str) -> str:
        return storable(self._target.redactor.text(" ".join(text.split())), MAX_TEXT_CHARS)
