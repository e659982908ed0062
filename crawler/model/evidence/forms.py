"""The frames and forms of a page."""

from __future__ import annotations

from crawler.model.box import CssBox
from crawler.model.evidence.record import Record


class FrameRecord(Record):
    """One frame of a page. `box` is the content box on the page, None for the main or a hidden frame."""

    frame: int
    parent: int | None
    url: str
    name: str
    box: CssBox | None = None
    allow: str = ""
    sandbox: str | None = None


class FormField(Record):
    """A field of a form: never its value."""

    name: str
    type: str
    autocomplete: str = ""
    label: str = ""


class FormRecord(Record):
    """A form, or the loose fields of a frame (`action` empty)."""

    frame: int
    action: str
    method: str
    target: str = ""
    fields: tuple[FormField, ...]
    buttons: tuple[str, ...] = ()
