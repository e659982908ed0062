"""What a page is at one moment, as far as it takes to tell a wall from a stage: see `model/wall.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Place = Literal["heading", "main", "control", "link", "form", "frame"]


@dataclass(frozen=True)
class ShownLine:
    """One visible line of text: what one block of the page says.

    `place` is `heading`, `control` (a button), `link` (a short one), `form` (inside a form), `frame` (header,
    navigation, footer, aside: what frames the page's own part) or `main`.
    """

    text: str
    place: Place = "main"


@dataclass(frozen=True)
class Field:
    """A visible field to fill in, never its value; `framing` says that it stands in what frames the page."""

    type: str
    name: str = ""
    framing: bool = False


@dataclass(frozen=True)
class Surface:
    """What one document shows, or one layer that lies over others.

    `share` is how much of the viewport it takes, 0 to 1. `pictures` counts those large enough to say
    something, `paints` whether anything at all is painted beside text. `source` is the beginning of its
    markup, empty for a layer. `read` is false where nobody could look inside.
    """

    url: str = ""
    title: str = ""
    lines: tuple[ShownLine, ...] = ()
    fields: tuple[Field, ...] = ()
    pictures: int = 0
    paints: bool = False
    source: str = ""
    share: float = 1.0
    read: bool = True


@dataclass(frozen=True)
class PageFacts:
    """One page: its own document, the frames in it and what covers it, and what the server said.

    `headers` have lower-case names; `cookies` are names alone. `covers` are layers that take most of
    the viewport.
    """

    main: Surface
    frames: tuple[Surface, ...] = ()
    covers: tuple[Surface, ...] = ()
    status: int | None = None
    content_type: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()
