"""The rules there are: one for each module in `crawler.checks.rules`."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.checks.base import Answer, RuleMeta
    from crawler.checks.view import View
    from crawler.model.policy import PolicyModel


class Rule(Protocol):
    """A rule module."""

    meta: RuleMeta
    Params: type[PolicyModel]

    def run(self, view: View, params: Any) -> Answer:
        """Judge what the view shows."""
        ...


@cache
def rules() -> Mapping[str, Rule]:
    """Return every rule by its id."""
    package = importlib.import_module("crawler.checks.rules")
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    modules = [cast("Rule", importlib.import_module(f"{package.__name__}.{name}")) for name in names]
    return {module.meta.id: module for module in modules}
