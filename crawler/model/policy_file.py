"""A policy file as it was read: its bytes, its hash, and where in it a key stands."""

from __future__ import annotations

import hashlib
import tomllib
from typing import TYPE_CHECKING, Any

import tomlkit
from tomlkit import container, items
from tomlkit.exceptions import TOMLKitError

from crawler.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_BYTES = 256 * 2**10
_MARK = "pantau-line-mark"


class PolicyFile:
    """A policy file's bytes, and where in them a key stands."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self.data = data
        self.sha256 = hashlib.sha256(data).hexdigest()

    def table(self) -> dict[str, Any]:
        """Return the file as a dictionary.

        Raises:
            PolicyError: too large, too deep, no UTF-8, no TOML.
        """
        if len(self.data) > MAX_BYTES:
            raise PolicyError(
                f"{self.name} has {len(self.data)} bytes; a policy file may have {MAX_BYTES}.",
                hint="Check that this is a policy pack.",
            )
        try:
            return tomllib.loads(self.data.decode("utf-8"))
        except UnicodeDecodeError as error:
            line = self.data.count(b"\n", 0, error.start) + 1
            raise PolicyError(f"{self.name}, line {line}: this is no UTF-8 text.") from error
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            problem = "nested too deep" if isinstance(error, RecursionError) else str(error)
            raise PolicyError(f"{self.name}: {problem}.", hint="The file must be valid TOML.") from error

    def error(self, where: Sequence[str | int], problem: str) -> PolicyError:
        """Return an error that names file, key and line."""
        key = ".".join(str(part) for part in where)
        line = self.line(where)
        place = f", line {line}" if line else ""
        return PolicyError(
            f"{self.name}{place}: {key}: {problem}." if key else f"{self.name}: {problem}.",
            hint="Correct the policy file; docs/packs shows what a pack may hold.",
        )

    def line(self, where: Sequence[str | int]) -> int | None:
        """Return the line of a key, or of the deepest part of its path that is there; none for no part.

        tomlkit renders a document byte for byte, but tells no line. A comment put on the item comes out on
        the line where the item ends, so counting up to it finds the place, whatever stands around.
        """
        for depth in range(len(where), 0, -1):
            line = self._line_of(where[:depth])
            if line:
                return line
        return None

    def _line_of(self, where: Sequence[str | int]) -> int | None:
        try:
            document: Any = tomlkit.parse(self.data.decode("utf-8"))
            item = document
            for part in where:
                item = item[part]
            item = _rendered(item)
            height = 0 if hasattr(item, "is_super_table") else item.as_string().count("\n")
            item.comment(_MARK)
            before, mark, _ = tomlkit.dumps(document).partition(_MARK)
        except (TOMLKitError, KeyError, IndexError, TypeError, AttributeError, ValueError, RecursionError):
            return None  # not in the file: the caller falls back to the part of the path that is
        return before.count("\n") + 1 - height if mark else None


def _rendered(item: Any) -> Any:
    """Return the first item at or below this one that has a line of its own.

    Parents that exist only through their children (`[a.b]` makes `a`) and lists of tables have none.
    """
    if isinstance(item, items.AoT):
        return _rendered(item[0])
    if isinstance(item, items.Table) and not item.is_super_table():
        return item
    if isinstance(item, items.AbstractTable | container.OutOfOrderTableProxy):
        if isinstance(item, items.InlineTable):
            return item
        return _rendered(next(iter(item.values())))
    return item
