"""An SVG drawn as pixels by resvg in a bounded process, without fonts or files of this machine."""

from __future__ import annotations

import re

from crawler.derive.documents import bounded

SIDE_PX = 96
_REFERENCE = re.compile(rb"""(href\s*=\s*["'])(?!data:image/|#)[^"']*""", re.IGNORECASE)


def drawn(data: bytes) -> bytes:
    """Return an SVG as a PNG that is `SIDE_PX` px wide.

    Raises:
        DocumentUnreadable: it is no SVG, is damaged, or takes too long or too much memory.
    """
    return bounded.run(__name__, data)


def draw(data: bytes) -> bytes:
    """Return an SVG as a PNG, without what it refers to outside itself; whatever resvg raises is raised."""
    import resvg_py  # noqa: PLC0415 - of the bounded process only

    source = _REFERENCE.sub(rb"\1", data).decode("utf-8", "replace")
    return bytes(resvg_py.svg_to_bytes(svg_string=source, width=SIDE_PX, skip_system_fonts=True))


if __name__ == "__main__":
    bounded.serve(draw)
