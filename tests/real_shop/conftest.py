from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .server import OscarShop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def oscar_shop(tmp_path: Path) -> Iterator[OscarShop]:
    """django-oscar with a fresh copy of its data; the first use on a machine installs it."""
    folder = tmp_path / "oscar"
    folder.mkdir()
    with OscarShop(folder) as shop:
        yield shop
