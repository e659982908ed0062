"""Print the shape of the source: rooms, what imports what, names of functions, modules without a test.

    python docs/shape.py [--check]

A room is a package with modules of its own. An arrow is that a module of one room imports one of another, for
an annotation too; between a package and one inside it there is none, the two being one house. An arrow leads
back where its end reaches its beginning again. A circle is a set of modules that all reach each other. A
module has a mirrored test where `crawler/a/b.py` has `tests/a/test_b.py`, or one whose name begins so; for
others the reason stands in `tested-elsewhere.toml`, with the tests that hold them, and copied code that stays
in `copied-code.toml`.

With `--check` the exit code is 1 where an arrow leads back, modules stand in a circle, or a reason names what
is not there.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grimp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "crawler"
ELSEWHERE = ROOT / "docs" / "tested-elsewhere.toml"
COPIED = ROOT / "docs" / "copied-code.toml"
MODULE = "    "  # before a module without a test
Edges = dict[str, set[str]]


def modules() -> list[Path]:
    """Return the modules of the source; packages without code are none."""
    return [path for path in sorted(SOURCE.rglob("*.py")) if path.name != "__init__.py"]


def imports() -> Edges:
    """Return which modules each module imports, for annotations too."""
    graph = grimp.build_graph("crawler", exclude_type_checking_imports=False)
    return {name: set(graph.find_modules_directly_imported_by(name)) for name in graph.modules}


def room(module: str) -> str:
    """Return the room of a module: its package."""
    return module if (ROOT / Path(*module.split("."))).is_dir() else module.rpartition(".")[0]


def between_rooms(edges: Edges) -> Edges:
    """Return which rooms each room imports, but for those that it lies in or that lie in it."""
    found: Edges = defaultdict(set)
    for name, wanted in edges.items():
        own = room(name)
        found[own] |= {each for each in map(room, wanted) if not _nested(own, each)}
    return found


def _nested(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def reach(edges: Edges) -> Edges:
    """Return all that each node reaches over any number of arrows."""
    found: Edges = {}
    for start in edges:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            fresh = edges.get(waiting.pop(), set()) - seen
            seen |= fresh
            waiting += fresh
        found[start] = seen
    return found


def arrows_back(edges: Edges) -> list[tuple[str, str]]:
    """Return the arrows whose end reaches their beginning again."""
    reached = reach(edges)
    return sorted(
        (name, to) for name, wanted in edges.items() for to in wanted if name in reached.get(to, ())
    )


def circles(edges: Edges) -> list[tuple[str, ...]]:
    """Return the sets of nodes that reach each other."""
    reached = reach(edges)
    together = (
        tuple(sorted(other for other in reached[name] if name in reached.get(other, ())))
        for name in edges
        if name in reached[name]
    )
    return sorted(set(together))


def function_names() -> list[str]:
    """Return the names of all functions and methods but those of the language itself."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in modules())
    return [
        node.name.strip("_")
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("__")
    ]


def unmirrored() -> Iterator[Path]:
    """Yield the modules without a mirrored test, by their path below `crawler/`."""
    for path in modules():
        below = path.relative_to(SOURCE)
        tests = ROOT / "tests" / below.parent
        if not [*tests.glob(f"test_{below.stem}.py"), *tests.glob(f"test_{below.stem}_*.py")]:
            yield below


def reasons() -> dict[str, str]:
    """Return the modules that tests of other names hold, each with the reason."""
    groups = tomllib.loads(ELSEWHERE.read_text(encoding="utf-8"))["elsewhere"]
    return {module: group["why"] for group in groups for module in group["modules"]}


def stale() -> Iterator[str]:
    """Yield what reasons name and is not there: modules, tests."""
    for group in tomllib.loads(ELSEWHERE.read_text(encoding="utf-8"))["elsewhere"]:
        yield from (each for each in group["modules"] if not (SOURCE / each).is_file())
        yield from (f"tests/{each}" for each in group["by"] if not (ROOT / "tests" / each).is_file())
    for pair in copied():
        yield from (each for each in pair["places"] if not (SOURCE / each).is_file())


def copied() -> list[dict[str, Any]]:
    """Return the places that share lines and stay as they are, each pair with its reason."""
    pairs: list[dict[str, Any]] = tomllib.loads(COPIED.read_text(encoding="utf-8"))["copied"]
    return pairs


def lines() -> Iterator[str]:
    """Yield what is measured, with its figure."""
    edges = imports()
    rooms = between_rooms(edges)
    names = function_names()
    single = sum("_" not in name for name in names)
    yield f"modules: {len(modules())}"
    yield f"rooms: {len({room(name) for name in edges})}"
    yield f"arrows between rooms: {sum(map(len, rooms.values()))}"
    yield from _listed("arrows back", (f"{name} → {to}" for name, to in arrows_back(rooms)))
    yield from _listed("circles of modules", (" ↔ ".join(each) for each in circles(edges)))
    yield f"functions: {len(names)}, named by one word: {100 * single / len(names):.0f} %"
    yield from _tests()
    yield f"groups of places that share copied code, each with its reason: {len(copied())}"
    yield from (f"{MODULE}{' ~ '.join(pair['places'])}: {pair['why']}" for pair in copied())
    yield from _listed("reasons that name what is not there", stale())


def _tests() -> Iterator[str]:
    missing, known = list(map(str, unmirrored())), reasons()
    without = [each for each in missing if each not in known]
    yield f"modules without a mirrored test: {len(missing)}, of which without a stated reason: {len(without)}"
    yield from (f"{MODULE}{each}: {known.get(each, 'NO REASON')}" for each in missing)


def _listed(name: str, found: Iterable[str]) -> Iterator[str]:
    listed = list(found)
    yield f"{name}: {len(listed)}"
    yield from (f"  {each}" for each in listed)


def main(arguments: list[str]) -> int:
    """Print the figures; with `--check` without the long lists, and say whether all arrows lead one way."""
    checking = "--check" in arguments
    told = lines()
    sys.stdout.writelines(f"{line}\n" for line in told if not (checking and line.startswith(MODULE)))
    edges = imports() if checking else {}
    return int(bool(arrows_back(between_rooms(edges)) or circles(edges) or (checking and list(stale()))))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
