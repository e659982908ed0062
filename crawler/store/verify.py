"""Checks an evidence bundle. Standard library only: a copy travels in every bundle as `verify.py`.

Run `python3 verify.py` inside a bundle, or `python3 verify.py BUNDLE`. Exit codes: 0 sealed and unchanged,
6 not sealed, changed or damaged. Every problem is printed with the file it concerns.

The bundle follows BagIt (RFC 8493): `manifest-sha256.txt` lists every file under `data/`, and
`tagmanifest-sha256.txt` the files beside it. `data/chain.jsonl` has one line for each artifact, written at
the moment of capture, and one each for `bagit.txt` and `verify.py`; each line carries the SHA-256 of the line
before it. `bag-info.txt` says what follows from `data/run.json`, the chain and the payload, and nothing else.
Folders `derived/`, `findings/`, `report/` and `review/`, a `signature.json` and `timestamp-*.tsr` are outside
the seal. Nothing found in a bundle is run, no symbolic link is followed, and nowhere may one lie.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

OUTSIDE_SEAL = ("derived", "findings", "report", "review")
OUTSIDE_FILES = re.compile(r"^(signature\.json|timestamp-[A-Za-z0-9._-]+\.tsr)$")
TAG_FILES = ("bag-info.txt", "bagit.txt", "manifest-sha256.txt", "verify.py")
CHAINED_TAGS = ("bagit.txt", "verify.py")
CHAIN = "data/chain.jsonl"
RUN = "data/run.json"
FIRST = "0" * 64
MAX_LINE_BYTES = 1 << 20
MAX_RUN_BYTES = 1 << 28
_SOURCES = {"Payload-Oxum": "data/"} | dict.fromkeys(
    ("Bag-Software-Agent", "Pantau-Chain-Head", "Pantau-Sealed"), CHAIN
)
_MANIFEST_LINE = re.compile(r"([0-9a-f]{64})  ([^\r\n]+)\n\Z")


class Problem(Exception):
    """A bundle cannot be read far enough to say more."""


def verify(root: str) -> list[str]:
    """Return the problems of the bundle in folder `root`, each naming its file; empty if there are none."""
    try:
        files = _files(root)
        if "manifest-sha256.txt" not in files or "tagmanifest-sha256.txt" not in files:
            return ["not sealed: " + _unsealed(files)]
        tags = _manifest(root, "tagmanifest-sha256.txt")
        payload = _manifest(root, "manifest-sha256.txt")
        problems = _strange(files) + _tags(root, files, tags) + _payload(root, files, payload)
        chained = {**payload, **{name: tags.get(name, "") for name in CHAINED_TAGS}}
        broken, said = _chain(root, chained)
        problems += broken + _bag(root, files, payload, said) + _unlisted(files, payload)
    except (Problem, OSError) as error:
        return [str(error)]
    return list(dict.fromkeys(problems))


def _files(root: str) -> dict[str, os.stat_result]:
    """Return every entry below `root` that is not a folder, by its path with forward slashes."""
    if not os.path.isdir(root):
        raise Problem("not a bundle: " + root + " is not a folder")
    found = {}
    for folder, folders, names in os.walk(root, followlinks=False, onerror=_unreadable):
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        for name in names + links:
            path = os.path.join(folder, name)
            found[os.path.relpath(path, root).replace(os.sep, "/")] = os.lstat(path)
    return found


def _unreadable(error: OSError) -> None:
    raise error


def _strange(files: dict[str, os.stat_result]) -> list[str]:
    """Name links, pipes, sockets and devices wherever they lie, and files that stand for a folder."""
    plain = {path: stat.S_ISREG(entry.st_mode) for path, entry in sorted(files.items())}
    return [
        _shown(path) + (": not a folder" if plain[path] else ": not a plain file")
        for path in plain
        if not plain[path] or path in OUTSIDE_SEAL
    ]


def _unsealed(files: dict[str, os.stat_result]) -> str:
    missing = [name for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt") if name not in files]
    return " and ".join(missing) + " missing; the run did not end as it should"


def _manifest(root: str, name: str) -> dict[str, str]:
    """Return hashes by path. Only the one form that a writer gives is taken: sorted, each line ended."""
    entries: dict[str, str] = {}
    last = ""
    for number, line in enumerate(_lines(root, name), 1):
        match = _MANIFEST_LINE.match(line.decode("utf-8", "surrogateescape"))
        if not match or not _inside(match.group(2)):
            raise Problem("%s: line %d is not a hash and a path" % (name, number))
        if match.group(2) <= last:
            raise Problem("%s: line %d, %s, is not in order" % (name, number, _shown(match.group(2))))
        last = match.group(2)
        entries[last] = match.group(1)
    return entries


def _lines(root: str, name: str) -> Iterator[bytes]:
    """Yield the lines of a plain file with their ends, in pieces where they are too long."""
    path = os.path.join(root, name)
    if not _is_plain(path):
        raise Problem(name + ": not a plain file")
    with open(path, "rb") as lines:
        yield from iter(lambda: lines.readline(MAX_LINE_BYTES), b"")


def _is_plain(path: str) -> bool:
    return stat.S_ISREG(os.lstat(path).st_mode)


def _inside(path: str) -> bool:
    return not path.startswith("/") and "\\" not in path and ".." not in path.split("/")


def _tags(root: str, files: dict[str, os.stat_result], tags: dict[str, str]) -> list[str]:
    problems = [name + ": not listed in tagmanifest-sha256.txt" for name in TAG_FILES if name not in tags]
    strangers = [path for path in tags if path not in TAG_FILES]
    problems += [_shown(path) + ": listed in tagmanifest-sha256.txt, but no tag file" for path in strangers]
    return problems + _compare(root, files, tags, "tagmanifest-sha256.txt")


def _payload(root: str, files: dict[str, os.stat_result], payload: dict[str, str]) -> list[str]:
    problems = _compare(root, files, payload, "manifest-sha256.txt")
    return problems + [
        _shown(path) + ": listed, but outside data/" for path in payload if path[:5] != "data/"
    ]


def _compare(root: str, files: dict[str, os.stat_result], listed: dict[str, str], manifest: str) -> list[str]:
    problems = []
    for path, expected in listed.items():
        if path not in files:
            problems.append(_shown(path) + ": missing, but listed in " + manifest)
        elif not stat.S_ISREG(files[path].st_mode):
            problems.append(_shown(path) + ": not a plain file")
        elif _sha256(os.path.join(root, path)) != expected:
            problems.append(_shown(path) + ": changed, its hash is not the one in " + manifest)
    return problems


def _chain(root: str, listed: dict[str, str]) -> tuple[list[str], dict[str, str] | None]:
    """Follow the chain and hold its hashes against the manifests', so that neither can be rewritten alone.

    Returns:
        The problems, and what the chain says about the bundle; none if it cannot be followed to its end.
    """
    problems: list[str] = []
    seen, said = set(), {"head": FIRST}
    if CHAIN not in listed or not os.path.lexists(os.path.join(root, CHAIN)):
        return [CHAIN + ": missing"], None
    for number, line in enumerate(_lines(root, CHAIN), 1):
        entry = _entry(line)
        if entry is None or entry.get("seq") != number or entry.get("prev") != said["head"]:
            return [*problems, "%s: broken at line %d" % (CHAIN, number)], None
        problems += _link(root, listed, entry, number)
        if entry.get("kind") != "stream":
            seen.add(entry["path"])
        if entry["path"] == "verify.py":
            said["tool"] = _text(entry.get("tool"))
        said["head"] = hashlib.sha256(line[:-1]).hexdigest()
        said["sealed"] = _text(entry.get("time"))
    rest = [path for path in listed if path not in seen and path != CHAIN]
    return problems + [_shown(path) + ": not in " + CHAIN for path in rest], said


def _entry(line: bytes) -> dict[str, object] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not line.endswith(b"\n") or not isinstance(entry, dict):
        return None
    return entry if isinstance(entry.get("path"), str) else None


def _link(root: str, listed: dict[str, str], entry: dict[str, object], number: int) -> list[str]:
    path = str(entry["path"])
    where = " (%s, line %d)" % (CHAIN, number)
    if path not in listed:
        return [_shown(path) + ": captured, but not in manifest-sha256.txt" + where]
    if entry.get("kind") == "stream":
        size = entry.get("bytes")
        good = isinstance(size, int) and _sha256(os.path.join(root, path), size) == entry.get("sha256")
        return [] if good else [_shown(path) + ": its beginning is not what was committed" + where]
    good = listed[path] == entry.get("sha256")
    return [] if good else [_shown(path) + ": not what was captured" + where]


def _bag(
    root: str, files: dict[str, os.stat_result], payload: dict[str, str], said: dict[str, str] | None
) -> list[str]:
    """Hold `bag-info.txt` against the run, the chain and the payload that it speaks of."""
    run = _object(root, RUN) if RUN in files and RUN in payload else {}
    if run is None:
        return [RUN + ": not a JSON object"]
    if said is None or "bag-info.txt" not in files:
        return []
    sizes = [files[path].st_size for path in payload if path in files]
    fields = bag_info(run, said, sizes)
    found = b"".join(_lines(root, "bag-info.txt")).decode("utf-8", "surrogateescape")
    if found == bag_text(fields):
        return []
    lines = found.split("\n")
    wrong = [name for name, value in fields.items() if name + ": " + value not in lines]
    problems = ["bag-info.txt: %s is not what %s says" % (name, _SOURCES.get(name, RUN)) for name in wrong]
    return problems or ["bag-info.txt: not as it was written"]


def bag_info(run: dict[str, object], said: dict[str, str], sizes: list[int]) -> dict[str, str]:
    """Return the fields of `bag-info.txt`.

    Args:
        run: Content of `data/run.json`.
        said: What the chain says: `tool`, and `head` and time (`sealed`) of its last line.
        sizes: Sizes of the files of the payload, in bytes.
    """
    return {
        "Bagging-Date": _text(run.get("ended"))[:10],
        "Bag-Software-Agent": said.get("tool", ""),
        "External-Identifier": _text(run.get("run_id")),
        "Payload-Oxum": "%d.%d" % (sum(sizes), len(sizes)),
        "Pantau-Schema-Version": _text(run.get("schema_version")),
        "Pantau-Status": _text(run.get("status")),
        "Pantau-Chain-Head": said["head"],
        "Pantau-Sealed": said.get("sealed", ""),
    }


def bag_text(fields: dict[str, str]) -> str:
    """Return the fields as the content of `bag-info.txt`."""
    return "".join("%s: %s\n" % field for field in fields.items())


def _object(root: str, path: str) -> dict[str, object] | None:
    if not _is_plain(os.path.join(root, path)):
        return None
    try:
        with open(os.path.join(root, path), "rb") as data:
            content = json.loads(data.read(MAX_RUN_BYTES))
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _text(value: object) -> str:
    return str(value) if isinstance(value, (str, int)) else ""


def _unlisted(files: dict[str, os.stat_result], payload: dict[str, str]) -> list[str]:
    known = {*TAG_FILES, "tagmanifest-sha256.txt", *payload}
    strangers = [
        path
        for path in sorted(files)
        if path not in known and path.split("/")[0] not in OUTSIDE_SEAL and not OUTSIDE_FILES.match(path)
    ]
    return [_shown(path) + ": not listed in any manifest" for path in strangers]


def _sha256(path: str, size: int | None = None) -> str:
    """Return the SHA-256 of a file, or of its first `size` bytes; empty if it cannot be read that far."""
    digest, left = hashlib.sha256(), size
    try:
        if not _is_plain(path):
            return ""
        with open(path, "rb") as data:
            while left is None or left > 0:
                block = data.read(1 << 20 if left is None else min(left, 1 << 20))
                if not block:
                    break
                digest.update(block)
                left = None if left is None else left - len(block)
    except OSError:
        return ""
    return digest.hexdigest() if not left else ""


def _shown(path: str) -> str:
    """Return a path that is safe to print: hostile names must not write to a terminal."""
    return path.encode("unicode_escape", "backslashreplace").decode("ascii")


def main(arguments: list[str]) -> int:
    """Check the bundle named on the command line, or the one this file lies in."""
    root = arguments[0] if arguments else os.path.dirname(os.path.abspath(__file__))
    problems = verify(root)
    for problem in problems:
        print(problem)
    print("FAILED: %d problem(s)" % len(problems) if problems else "OK: sealed and unchanged")
    return 6 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
