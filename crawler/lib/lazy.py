"""Packages that are loaded when something of them is first used: most commands need few of the large ones."""

from __future__ import annotations

import importlib
from typing import Any


class LazyPackage:
    """Stands for a package, and loads it when an attribute of it is asked for.

    For a module's own use only: `sys.modules` knows nothing of it, so that packages with a start of their own
    (OpenCV, NumPy) load as they always do.

    Args:
        name: Name of the package as an import would give it, with dots for one inside another.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the package, loaded now if it was not before."""
        return getattr(importlib.import_module(self._name), name)

    def __repr__(self) -> str:
        return f"<lazy {self._name}>"
