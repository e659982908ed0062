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
    from collections.abc import Iterable, Iterator

OUTSIDE_SEAL = ("derived", "findings", "report", "review")
OUTSIDE_FILES = re.compile(r"^(signature\.json|timestamp-[A-Za-z0-9._-]+\.tsr)$")
TAG_FILES = ("bag-info.txt", "bagit.txt", "manifest-sha256.txt", "verify.py")
CHAINED_TAGS = ("bagit.txt", "verify.py")
CHAIN = "data/chain.jsonl"
RUN = "data/run.json"
FIRST = "0" * 64
MAX_LINE_BYTES = 1 << 20
MAX_DEPTH = 32
MAX_ENTRIES = 250_000
MAX_PROBLEMS = 1_000
MAX_PATH_CHARS = 1_024
# Above these a file is not read: nobody's record, list or tag is as large, and reading one takes many times
# its size in memory.
MAX_BYTES = {
    "bag-info.txt": 1 << 16,
    "bagit.txt": 1 << 10,
    "verify.py": 1 << 20,
    "manifest-sha256.txt": 1 << 26,
    "tagmanifest-sha256.txt": 1 << 16,
    RUN: 1 << 24,
}
_SOURCES = {"Payload-Oxum": "data/"} | dict.fromkeys(
    ("Bag-Software-Agent", "Pantau-Chain-Head", "Pantau-Sealed"), CHAIN
)
# The one form of a name in a bundle, for all that write or read one: nothing hidden, nothing that leaves it.
_NAME = "[A-Za-z0-9][A-Za-z0-9._-]*"
_PATH = _NAME + "(?:/" + _NAME + ")*"
PAYLOAD_PATH = re.compile("data/" + _PATH + r"\Z")
# No link is followed, and what turned into a pipe or a device in the meantime does not hold us up.
_TO_READ = os.O_RDONLY
for _flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"):
    _TO_READ |= getattr(os, _flag, 0)
_MANIFEST_LINE = re.compile("([0-9a-f]{64})  (" + _PATH + r")\n\Z")


class Problem(Exception):
    """A bundle cannot be read far enough to say more."""


def verify(root: str) -> list[str]:
    """Return the problems of the bundle in folder `root`, each naming its file; empty if there are none."""
    try:
        problems = list(dict.fromkeys(_problems(root)))
    except Problem as error:
        return [str(error)]
    except OSError as error:
        return ["cannot be read: " + _shown(str(error))]
    except (ValueError, RecursionError, MemoryError) as error:  # whatever a bundle says, a sentence ends it
        return ["cannot be checked: " + type(error).__name__]
    left_out = len(problems) - MAX_PROBLEMS
    return problems if left_out <= 0 else [*problems[:MAX_PROBLEMS], "and %d problems more" % left_out]


def _problems(root: str) -> list[str]:
    files = _files(root)
    if "manifest-sha256.txt" not in files or "tagmanifest-sha256.txt" not in files:
        return ["not sealed: " + _unsealed(files)]
    large = [name for name, most in MAX_BYTES.items() if name in files and files[name].st_size > most]
    if large:
        return ["%s: larger than the %d bytes it may have" % (name, MAX_BYTES[name]) for name in large]
    tags = entries("tagmanifest-sha256.txt", _lines(root, "tagmanifest-sha256.txt"))
    payload = entries("manifest-sha256.txt", _lines(root, "manifest-sha256.txt"))
    problems = _strange(files) + _tags(root, files, tags) + _payload(root, files, payload)
    chained = {**payload, **{name: tags.get(name, "") for name in CHAINED_TAGS}}
    broken, said = _chain(root, chained)
    return problems + broken + _bag(root, files, payload, said) + _unlisted(files, payload)


def _files(root: str) -> dict[str, os.stat_result]:
    """Return every entry below `root` that is not a folder, by its path with forward slashes.

    Of folders that lie too deep the first is an entry too, and is not opened.
    """
    if not os.path.isdir(root):
        raise Problem("not a bundle: " + _shown(root) + " is not a folder")
    found, folders, count = {}, [""], 0
    while folders:
        folder = folders.pop()
        with os.scandir(os.path.join(root, folder)) as below:
            for entry in below:
                path = folder + entry.name
                count += 1
                if count > MAX_ENTRIES:
                    raise Problem("not a bundle: it has more than %d files and folders" % MAX_ENTRIES)
                if entry.is_dir(follow_symlinks=False) and path.count("/") < MAX_DEPTH:
                    folders.append(path + "/")
                else:
                    found[path] = entry.stat(follow_symlinks=False)
    return found


def _strange(files: dict[str, os.stat_result]) -> list[str]:
    """Name links, pipes, sockets and devices wherever they lie, and files that stand for a folder."""
    problems = []
    for path, entry in sorted(files.items()):
        if stat.S_ISDIR(entry.st_mode):
            problems.append(_shown(path) + ": folders lie more than %d deep" % MAX_DEPTH)
        elif not stat.S_ISREG(entry.st_mode):
            problems.append(_shown(path) + ": not a plain file")
        elif path in OUTSIDE_SEAL:
            problems.append(_shown(path) + ": not a folder")
    return problems


def _unsealed(files: dict[str, os.stat_result]) -> str:
    missing = [name for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt") if name not in files]
    return " and ".join(missing) + " missing; the run did not end as it should"


def entries(name: str, lines: Iterable[bytes]) -> dict[str, str]:
    """Return the hashes of a manifest by path, from its lines with their ends.

    Only the one form that a writer gives is taken: names of the one form, sorted, each once, each line ended.

    Raises:
        Problem: it has another form; says which line.
    """
    found: dict[str, str] = {}
    last = ""
    for number, line in enumerate(lines, 1):
        match = _MANIFEST_LINE.match(line.decode("utf-8", "surrogateescape"))
        if not match or len(match.group(2)) > MAX_PATH_CHARS:
            raise Problem("%s: line %d is not a hash and a path" % (name, number))
        if match.group(2) <= last:
            raise Problem("%s: line %d, %s, is not in order" % (name, number, _shown(match.group(2))))
        if len(found) >= MAX_ENTRIES:
            raise Problem("%s: more than %d lines" % (name, MAX_ENTRIES))
        last = match.group(2)
        found[last] = match.group(1)
    return found


def _lines(root: str, name: str) -> Iterator[bytes]:
    """Yield the lines of a plain file with their ends, in pieces where they are too long."""
    path = os.path.join(root, name)
    if not _is_plain(path):
        raise Problem(name + ": not a plain file")
    with open(path, "rb") as lines:
        yield from iter(lambda: lines.readline(MAX_LINE_BYTES), b"")


def _is_plain(path: str) -> bool:
    return stat.S_ISREG(os.lstat(path).st_mode)


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
        The problems, and what the chain says about the bundle; None if it cannot be followed to its end.
    """
    problems: list[str] = []
    seen, said, beginnings = set(), {"head": FIRST}, _Beginnings(root)
    if CHAIN not in listed or not os.path.lexists(os.path.join(root, CHAIN)):
        return [CHAIN + ": missing"], None
    for number, line in enumerate(_lines(root, CHAIN), 1):
        entry = _entry(line)
        if entry is None or entry.get("seq") != number or entry.get("prev") != said["head"]:
            return [*problems, "%s: broken at line %d" % (CHAIN, number)], None
        problems += _link(beginnings, listed, entry, number)
        if len(problems) > MAX_PROBLEMS:
            return [*problems, "%s: not followed beyond line %d" % (CHAIN, number)], None
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
        entry = _DECODER.decode(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    if not line.endswith(b"\n") or not isinstance(entry, dict) or isinstance(entry.get("seq"), bool):
        return None
    return entry if isinstance(entry.get("path"), str) else None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object of JSON; one that says a thing twice says to each reader something else."""
    told = dict(pairs)
    if len(told) != len(pairs):
        raise ValueError("a key stands twice")
    return told


_DECODER = json.JSONDecoder(object_pairs_hook=_once)  # made once: a chain has a line for each artifact


def _link(
    beginnings: _Beginnings, listed: dict[str, str], entry: dict[str, object], number: int
) -> list[str]:
    path = str(entry["path"])
    where = " (%s, line %d)" % (CHAIN, number)
    if path not in listed:
        return [_shown(path) + ": captured, but not in manifest-sha256.txt" + where]
    if entry.get("kind") == "stream":
        size = entry.get("bytes")
        # A bool is an int too.
        good = type(size) is int and beginnings.sha256(path, size) == entry.get("sha256")
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
            content = json.loads(data.read(MAX_BYTES[RUN] + 1), object_pairs_hook=_once)
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


class _Beginnings:
    """Hashes of the beginnings of files that only grew; no byte is read twice, however many are asked for."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._read: dict[str, tuple[hashlib._Hash, int]] = {}

    def sha256(self, path: str, size: int) -> str:
        """Return the SHA-256 of the first `size` bytes; empty if there are fewer, or more were asked for."""
        digest, begin = self._read.get(path, (hashlib.sha256(), 0))
        if size < begin or not _feed(digest, os.path.join(self._root, path), begin, size):
            return ""
        self._read[path] = (digest, size)
        return digest.hexdigest()


def _sha256(path: str) -> str:
    """Return the SHA-256 of a file; empty if it cannot be read."""
    digest = hashlib.sha256()
    return digest.hexdigest() if _feed(digest, path, 0, None) else ""


def _feed(digest: hashlib._Hash, path: str, begin: int, end: int | None) -> bool:
    """Hash a file from one place to another, or to its end; say whether there was so much."""
    try:
        file = os.open(path, _TO_READ)
    except OSError:
        return False
    try:
        about = os.fstat(file)
        if not stat.S_ISREG(about.st_mode):
            return False
        if begin:
            os.lseek(file, begin, os.SEEK_SET)
        while end is None or begin < end:
            rest = about.st_size + 1 - begin if end is None else end - begin
            block = os.read(file, min(max(rest, 1), 1 << 20))
            if not block:
                return end is None
            digest.update(block)
            begin += len(block)
    except OSError:
        return False
    finally:
        os.close(file)
    return True


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
