"""Loads a scenario file: a Python script with a `scenario` declaration and a `walk(journey)` function."""

from __future__ import annotations

import hashlib
import traceback
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from crawler.errors import CrawlerError, ScenarioError
from crawler.model.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MAX_SCRIPT_BYTES = 1 << 20
_SHAPE = "A scenario file has `scenario = Scenario(...)` and `def walk(journey): ...` at its top level."


@dataclass(frozen=True)
class Script:
    """A scenario file, loaded."""

    scenario: Scenario
    walk: Callable[[Any], None]
    source: bytes

    @property
    def sha256(self) -> str:
        """SHA-256 of the file as it was read."""
        return hashlib.sha256(self.source).hexdigest()


def load(path: Path) -> Script:
    """Run the top level of a scenario file and return its declaration and its walk.

    Raises:
        ScenarioError: the file cannot be read or run, or is no scenario. The message names file and line.
    """
    source = _read(path)
    module = ModuleType("pantau_scenario")
    module.__file__ = str(path)
    try:
        exec(compile(source, str(path), "exec"), module.__dict__)  # noqa: S102 - a scenario is a script
    except SyntaxError as error:
        raise ScenarioError(
            f"{path}, line {error.lineno}: {error.msg}.", hint="Correct the Python syntax of the scenario."
        ) from error
    except ValidationError as error:
        raise ScenarioError(f"{path}: {_first(error)}", hint=_SHAPE) from error
    except CrawlerError:
        raise
    except Exception as error:
        raise ScenarioError(
            f"{path}, line {line_of(error, path)}: {type(error).__name__}: {error}", hint=_SHAPE
        ) from error
    return _script(path, module, source)


def line_of(error: BaseException, path: Path) -> int | None:
    """Return the last line of the scenario file that an exception passed through."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno for frame in reversed(frames) if frame.filename == str(path)), None)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            source = file.read(MAX_SCRIPT_BYTES + 1)
    except OSError as error:
        raise ScenarioError(
            f"The scenario {path} cannot be read: {error.strerror}.",
            hint="Name a scenario file, see scenarios/.",
        ) from error
    if len(source) > MAX_SCRIPT_BYTES:
        raise ScenarioError(f"The scenario {path} is larger than {MAX_SCRIPT_BYTES} bytes.")
    return source


def _script(path: Path, module: ModuleType, source: bytes) -> Script:
    scenario, walk = getattr(module, "scenario", None), getattr(module, "walk", None)
    if not isinstance(scenario, Scenario) or not callable(walk):
        raise ScenarioError(f"{path} is no scenario.", hint=_SHAPE)
    return Script(scenario, walk, source)


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"scenario.{where}: {first['msg']}, but it is {str(first['input'])[:80]!r}."
