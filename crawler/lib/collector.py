"""Python's collector of circles, asked less often where many records are made and hardly a circle."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Objects made before the collector looks: some 10 MB of records. Judging a bundle is a fifth quicker than
# with Python's own 700, and no quicker with more.
SELDOM = 50_000


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Let the collector look for circles less often meanwhile, for the whole process."""
    usual = gc.get_threshold()
    gc.set_threshold(max(SELDOM, usual[0]), *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
