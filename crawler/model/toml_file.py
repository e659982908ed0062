"""A TOML file that a person wrote, as it was read: its bytes, its hash, and where in it a key stands."""

from __future__ import annotations

import hashlib
import tomllib
from typing import TYPE_CHECKING, Any, ClassVar

from crawler.errors import ConfigError, PolicyError
from crawler.lib.lazy import LazyPackage

if TYPE_CHECKING:
    from collections.abc import Sequence

    import tomlkit
    import tomlkit.container
    import tomlkit.exceptions
else:
    tomlkit = LazyPackage("tomlkit")  # only who made a mistake is told its line

MAX_BYTES = 256 * 2**10
_MARK = "pantau-line-mark"


class TomlFile:
    """The bytes of a TOML file, and where in them a key stands."""

    kind: ClassVar[type[ConfigError]] = ConfigError
    noun: ClassVar[str] = "a file of this kind"
    hint: ClassVar[str] = "Correct the file."
    max_bytes: ClassVar[int] = MAX_BYTES

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self.data = data
        self.sha256 = hashlib.sha256(data).hexdigest()

    def table(self) -> dict[str, Any]:
        """Return the file as a dictionary.

        Raises:
            ConfigError: too large, too deep, no UTF-8, no TOML; of the file's own kind.
        """
        if len(self.data) > self.max_bytes:
            raise self.kind(
                f"{self.name} has {len(self.data)} bytes; {self.noun} may have {self.max_bytes}.",
                hint=f"Check that this is {self.noun}.",
            )
        try:
            return tomllib.loads(self.data.decode("utf-8"))
        except UnicodeDecodeError as error:
            line = self.data.count(b"\n", 0, error.start) + 1
            raise self.kind(f"{self.name}, line {line}: this is no UTF-8 text.") from error
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            problem = "nested too deep" if isinstance(error, RecursionError) else str(error)
            raise self.kind(f"{self.name}: {problem}.", hint="The file must be valid TOML.") from error

    def error(self, where: Sequence[str | int], problem: str) -> ConfigError:
        """Return an error that names file, key and line."""
        key = ".".join(str(part) for part in where)
        line = self.line(where)
        place = f", line {line}" if line else ""
        return self.kind(
            f"{self.name}{place}: {key}: {problem}." if key else f"{self.name}: {problem}.", hint=self.hint
        )

    def line(self, where: Sequence[str | int]) -> int | None:
        """Return the line of a key, or of the deepest part of its path that is there; None for no part.

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
        except tomlkit.exceptions.TOMLKitError:
            return None
        except (KeyError, IndexError, TypeError, AttributeError, ValueError, RecursionError):
            return None  # not in the file: the caller falls back to the part of the path that is
        return before.count("\n") + 1 - height if mark else None


class PolicyFile(TomlFile):
    """A policy pack or list of names."""

    kind = PolicyError
    noun = "a policy file"
    hint = "Correct the policy file; docs/packs shows what a pack may hold."


def _rendered(item: Any) -> Any:
    """Return the first item at or below this one that has a line of its own.

    Parents that exist only through their children (`[a.b]` makes `a`) and lists of tables have none.
    """
    if isinstance(item, tomlkit.items.AoT):
        return _rendered(item[0])
    if isinstance(item, tomlkit.items.Table) and not item.is_super_table():
        return item
    if isinstance(item, tomlkit.items.AbstractTable | tomlkit.container.OutOfOrderTableProxy):
        if isinstance(item, tomlkit.items.InlineTable):
            return item
        return _rendered(next(iter(item.values())))
    return item
