"""All routes of the desk as its OpenAPI schema tells them: what is added is attacked too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Operation:
    """One method of one path, with the roles its schema names, and its parameters as (place, name)."""

    method: str
    path: str
    scopes: frozenset[str]
    parameters: tuple[tuple[str, str], ...]

    @property
    def is_open(self) -> bool:
        return self.scopes == {"anyone"}

    def filled(self, value: str = "x", **given: str) -> str:
        """Return the path with a value in every parameter, or with those given."""
        path = self.path
        for place, name in self.parameters:
            if place == "path":
                path = path.replace(f"{{{name}}}", given.get(name, value))
        return path


_KNOWN: list[Operation] = []


def operations(app: FastAPI) -> list[Operation]:
    """Return all operations; every app has the same, and telling them takes most of a second."""
    if not _KNOWN:
        _KNOWN.extend(_told(app))
    return list(_KNOWN)


def _told(app: FastAPI) -> Iterator[Operation]:
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            scopes = {
                scope
                for each in operation.get("security", [])
                for listed in each.values()
                for scope in listed
            }
            parameters = tuple((each["in"], each["name"]) for each in operation.get("parameters", []))
            yield Operation(method.upper(), path, frozenset(scopes), parameters)
