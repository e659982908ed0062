"""Ways to touch a sealed bundle: each a name, what it does to a copy, and the name that has to be told.

Positions and values come from one seed. What a forger may rewrite besides is part of the kind: the line in a
manifest, the manifests above it, or the chain up to some line. Who rewrites everything makes another bundle;
that none was forged then shows only against a signature, or a copy held elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Entries = list[dict[str, object]]

SEED = 20_261_128
MANIFEST, TAGS, CHAIN, RUN = (
    "manifest-sha256.txt",
    "tagmanifest-sha256.txt",
    "data/chain.jsonl",
    "data/run.json",
)
ZERO = "0" * 64


@dataclass(frozen=True)
class Forgery:
    """One kind. `told` has to stand in what is said of the copy."""

    name: str
    apply: Callable[[Path], None]
    told: str


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def files(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().split(b"\n")[:-1]


def put(path: Path, rows: list[bytes]) -> None:
    path.write_bytes(b"".join(row + b"\n" for row in rows))


def reseal(root: Path, *, payload: bool = True) -> None:
    """Rewrite the hashes that manifests state, of the paths that they state, as far as they are there."""
    for name in (MANIFEST, TAGS) if payload else (TAGS,):
        rows = []
        for row in lines(root / name):
            path = root / os.fsdecode(row[66:])
            known = b"\x00" not in row and path.is_file() and not path.is_symlink()
            rows.append(sha256(path.read_bytes()).encode() + row[64:] if known else row)
        put(root / name, rows)


def rechain(root: Path, change: Callable[[Entries], None]) -> None:
    """Change the entries of the chain, link them anew and rewrite what depends on them."""
    entries = [json.loads(row) for row in lines(root / CHAIN)]
    change(entries)
    head = ZERO
    rows = []
    for entry in entries:
        entry["prev"] = head
        rows.append(json.dumps(entry, separators=(",", ":")).encode())
        head = sha256(rows[-1])
    put(root / CHAIN, rows)
    bag = root / "bag-info.txt"
    bag.write_bytes(
        b"".join(
            b"Pantau-Chain-Head: " + head.encode() + b"\n"
            if row.startswith(b"Pantau-Chain-Head")
            else row + b"\n"
            for row in lines(bag)
        )
    )
    reseal(root)


def forgeries(original: Path) -> Iterator[Forgery]:
    """Yield every kind for a bundle."""
    dice = random.Random(SEED)
    names = files(original)
    for name in names:
        yield from _of_file(name, dice)
    for name in [each for each in names if each not in (MANIFEST, TAGS)]:
        yield from _resealed(name, dice)
    for manifest in (MANIFEST, TAGS):
        yield from _of_manifest(manifest)
    yield from _of_chain(original)
    yield from _of_bag(original)
    yield from _of_run()
    yield from _strangers()


def _of_file(name: str, dice: random.Random) -> Iterator[Forgery]:
    """Yield what can be done to one file alone."""

    def turned(root: Path) -> None:
        data = bytearray((root / name).read_bytes())
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        (root / name).write_bytes(bytes(data))

    def cut(root: Path) -> None:
        size = (root / name).stat().st_size
        os.truncate(root / name, dice.randrange(size))

    def linked(root: Path) -> None:
        aside = root.parent / f"{root.name}.aside"
        (root / name).rename(aside)
        (root / name).symlink_to(aside)

    def exchanged(root: Path) -> None:
        (root / name).unlink()
        (root / name).mkdir()

    def piped(root: Path) -> None:
        (root / name).unlink()
        os.mkfifo(root / name)

    whole = {
        "a bit turned": turned,
        "cut": cut,
        "emptied": lambda root: (root / name).write_bytes(b""),
        "grown": lambda root: (root / name).write_bytes((root / name).read_bytes() + b"\n"),
        "grown at its front": lambda root: (root / name).write_bytes(
            b"\xef\xbb\xbf" + (root / name).read_bytes()
        ),
        "nothing but zeros": lambda root: (root / name).write_bytes(bytes((root / name).stat().st_size)),
        "deleted": lambda root: (root / name).unlink(),
        "renamed": lambda root: (root / name).rename(root / f"{name}.old"),
        "a link to itself elsewhere": linked,
        "a folder": exchanged,
        "a pipe": piped,
    }
    for what, apply in whole.items():
        yield Forgery(f"{name}: {what}", apply, name.rpartition("/")[2])


def _resealed(name: str, dice: random.Random) -> Iterator[Forgery]:
    """Yield changes of a file with the manifests rewritten: the chain or the record still tells."""

    def changed(root: Path) -> None:
        (root / name).write_bytes((root / name).read_bytes() + bytes([dice.randrange(256)]) + b"\n")
        reseal(root)

    def removed(root: Path) -> None:
        (root / name).unlink()
        for manifest in (MANIFEST, TAGS):
            put(root / manifest, [row for row in lines(root / manifest) if row[66:] != name.encode()])
        reseal(root)

    yield Forgery(f"{name}: changed, manifests rewritten", changed, name)
    yield Forgery(f"{name}: removed, manifests rewritten", removed, name)


PATHS = {
    "absolute": b"/etc/passwd",
    "up and out": b"../outside.txt",
    "up inside": b"data/../../outside.txt",
    "a dot": b"data/./x",
    "two slashes": b"data//x",
    "ends in a slash": b"data/x/",
    "backslash": b"data\\..\\..\\outside.txt",
    "drive": b"C:/outside.txt",
    "NUL": b"data/a\x00b",
    "form feed": b"data/a\x0c../../outside.txt",
    "vertical tab": b"data/a\x0bb",
    "file separator": b"data/a\x1cb",
    "next line": "data/a\x85b".encode(),
    "line separator": "data/a\u2028b".encode(),
    "carriage return": b"data/a\rb",
    "tab": b"data/a\tb",
    "escape": b"data/\x1b[2Jx",
    "bidi override": "data/a\u202etxt.exe".encode(),
    "zero width": "data/a\u200bb".encode(),
    "full width": "data/\uff0e\uff0e/x".encode(),
    "composed": "data/caf\u00e9".encode(),
    "no UTF-8": b"data/a\xffb",
    "overlong UTF-8": b"data/\xc0\xae\xc0\xae/x",
    "blank in front": b" data/x",
    "blank behind": b"data/x ",
    "percent": b"data/%2e%2e/x",
    "tilde": b"~/x",
    "option": b"-rf",
    "hidden": b"data/.ssh",
    "too long": b"data/" + b"a" * 5_000,
    "too deep": b"data/" + b"a/" * 2_000 + b"x",
    "empty": b"",
}


def _of_manifest(name: str) -> Iterator[Forgery]:
    """Yield odd names and odd lines in a manifest, the ones above it rewritten."""

    def rewritten(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
        def apply(root: Path) -> None:
            (root / name).write_bytes(change((root / name).read_bytes()))
            if name == MANIFEST:
                reseal(root, payload=False)

        return apply

    def added(path: bytes) -> Callable[[bytes], bytes]:
        return lambda text: b"".join(
            sorted(
                [*text.splitlines(keepends=True), ZERO.encode() + b"  " + path + b"\n"],
                key=lambda row: row[66:],
            )
        )

    for what, path in PATHS.items():
        yield Forgery(f"{name}: a path that is {what}", rewritten(added(path)), name)
    odd = {
        "capital digits": lambda text: text[:64].upper() + text[64:],
        "one blank": lambda text: text.replace(b"  ", b" ", 1),
        "three blanks": lambda text: text.replace(b"  ", b"   ", 1),
        "star of a binary file": lambda text: text.replace(b"  ", b" *", 1),
        "tab between": lambda text: text.replace(b"  ", b"\t", 1),
        "lines of Windows": lambda text: text.replace(b"\n", b"\r\n"),
        "lines of old Macs": lambda text: text.replace(b"\n", b"\r"),
        "no last line end": lambda text: text[:-1],
        "empty last line": lambda text: text + b"\n",
        "empty first line": lambda text: b"\n" + text,
        "byte order mark": lambda text: b"\xef\xbb\xbf" + text,
        "UTF-16": lambda text: text.decode().encode("utf-16"),
        "comment": lambda text: b"# sealed\n" + text,
        "backwards": lambda text: b"".join(text.splitlines(keepends=True)[::-1]),
        "a line twice": lambda text: text.splitlines(keepends=True)[0] + text,
        "short hash": lambda text: text[1:],
        "long hash": lambda text: b"0" + text,
        "hash of letters": lambda text: b"g" * 64 + text[64:],
        "hash of another kind": lambda text: text.replace(text[:64], text[:40], 1),
        "form feed for a line end": lambda text: text.replace(b"\n", b"\x0c", 1),
    }
    for what, change in odd.items():
        yield Forgery(f"{name}: {what}", rewritten(change), name)


def _of_chain(original: Path) -> Iterator[Forgery]:
    """Yield broken links, and whole chains linked anew that say something else."""
    for field in ("seq", "prev", "path", "sha256"):
        for what, value in VALUES.items():
            yield Forgery(f"{CHAIN}: {field} is {what}", partial(_with_value, field, value), CHAIN)
    for what, change in ODD_LINES.items():
        yield Forgery(f"{CHAIN}: {what}", partial(_with_line, change), CHAIN)
    for number in range(len(lines(original / CHAIN))):
        yield Forgery(f"{CHAIN}: without line {number + 1}", partial(_with_copies, number, 0), CHAIN)
        yield Forgery(f"{CHAIN}: line {number + 1} twice", partial(_with_copies, number, 2), CHAIN)
    for change in (_other_hash, _other_size, _size_of_truth, _path_out, _other_order):
        what = change.__name__.strip("_").replace("_", " ")
        yield Forgery(f"{CHAIN}: linked anew, {what}", partial(rechain, change=change), CHAIN)


VALUES: dict[str, object] = {
    "nothing": None,
    "text": "1",
    "list": [],
    "true": True,
    "below zero": -1,
    "huge": 10**400,
    "half": 0.5,
}
ODD_LINES: dict[str, Callable[[bytes], bytes]] = {
    "a key twice": lambda row: row.replace(b'"seq":', b'"seq":2,"seq":', 1),
    "a list": lambda row: b"[" + row + b"]",
    "half a line": lambda row: row[: len(row) // 2],
    "deep": lambda row: b"[" * 60_000 + row,
    "blanks": lambda row: b"  " + row,
    "no UTF-8": lambda row: row.replace(b'"path":"', b'"path":"\xff', 1),
    "two in one line": lambda row: row + row,
}


def _with_value(field: str, value: object, root: Path) -> None:
    rows = lines(root / CHAIN)
    entry = json.loads(rows[1])
    entry[field] = value
    put(root / CHAIN, [rows[0], json.dumps(entry, separators=(",", ":")).encode(), *rows[2:]])
    reseal(root)


def _with_line(change: Callable[[bytes], bytes], root: Path) -> None:
    rows = lines(root / CHAIN)
    put(root / CHAIN, [rows[0], change(rows[1]), *rows[2:]])
    reseal(root)


def _with_copies(number: int, copies: int, root: Path) -> None:
    rows = lines(root / CHAIN)
    put(root / CHAIN, [*rows[:number], *[rows[number]] * copies, *rows[number + 1 :]])
    reseal(root)


def _stream(entries: Entries) -> dict[str, object]:
    return next(entry for entry in entries if entry.get("kind") == "stream")


def _other_hash(entries: Entries) -> None:
    entries[0]["sha256"] = ZERO


def _other_size(entries: Entries) -> None:
    _stream(entries)["bytes"] = 10**30


def _size_of_truth(entries: Entries) -> None:
    _stream(entries)["bytes"] = True


def _path_out(entries: Entries) -> None:
    entries[0]["path"] = "../../outside.txt"


def _other_order(entries: Entries) -> None:
    entries.reverse()


def _of_bag(original: Path) -> Iterator[Forgery]:
    """Yield every field of the bag with other values, the tag manifest rewritten."""
    told = [row.partition(b":")[0] for row in lines(original / "bag-info.txt")]
    for number, field in enumerate(told):
        for what, value in (
            ("another", b"x"),
            ("empty", b""),
            ("two lines", b"a\n b"),
            ("escape", b"\x1b[2J"),
        ):

            def wrong(root: Path, number: int = number, field: bytes = field, value: bytes = value) -> None:
                rows = lines(root / "bag-info.txt")
                rows[number] = field + b": " + value
                put(root / "bag-info.txt", rows)
                reseal(root, payload=False)

            yield Forgery(f"bag-info.txt: {field.decode()} is {what}", wrong, "bag-info.txt")


def _of_run() -> Iterator[Forgery]:
    """Yield records of the run that are none, in all manifests: the chain tells, or nothing is read."""
    contents = {
        "a list": b"[]",
        "text": b'"sealed"',
        "no JSON": b"sealed",
        "deep": b"[" * 200_000,
        "huge number": b'{"schema_version":' + b"9" * 6_000 + b"}",
        "no UTF-8": b'{"a":"\xff\xfe"}',
        "a key twice": b'{"run_id":"a","run_id":"b"}',
        "larger than is read": b'{"a":"' + b" " * (17 << 20) + b'"}',
    }
    for what, content in contents.items():

        def other(root: Path, content: bytes = content) -> None:
            (root / RUN).write_bytes(content)
            reseal(root)

        yield Forgery(f"{RUN}: {what}", other, RUN)


def _strangers() -> Iterator[Forgery]:
    """Yield files that no manifest lists, with names that do something, and things that are no files."""
    names = {
        "plain": "data/extra.txt",
        "beside": "extra.txt",
        "hidden": ".hidden",
        "in a folder of its own": "new/extra.txt",
        "near a folder outside": "reports/x.html",
        "near a signature": "signature.json.exe",
        "escape": "data/\x1b]0;owned\x07",
        "new line": "data/a\nOK: sealed and unchanged",
        "bidi override": "data/\u202etxt.py",
        "no UTF-8": os.fsdecode(b"data/\xff\xfe"),
        "option": "--help",
        "library": "json.py",
        "long": "data/" + "a" * 250,
    }
    for what, name in names.items():

        def added(root: Path, name: str = name) -> None:
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text("new")

        yield Forgery(f"a file added: {what}", added, "not listed in any manifest")
    for folder in ("data", "report", "derived", "findings", "review"):

        def nested(root: Path, folder: str = folder) -> None:
            (root / folder).mkdir(exist_ok=True)
            place = os.open(root / folder, os.O_RDONLY)
            for _ in range(1_000):  # far beyond what one path may have
                os.mkdir("n", dir_fd=place)
                below = os.open("n", os.O_RDONLY, dir_fd=place)
                os.close(place)
                place = below
            os.close(place)

        def linked(root: Path, folder: str = folder) -> None:
            (root / folder).mkdir(exist_ok=True)
            (root / folder / "link").symlink_to("/etc")

        def piped(root: Path, folder: str = folder) -> None:
            (root / folder).mkdir(exist_ok=True)
            os.mkfifo(root / folder / "pipe")

        if folder in ("data", "report"):
            yield Forgery(f"{folder}: 1,000 folders in each other", nested, f"{folder}/n")
        yield Forgery(f"{folder}: a link out", linked, f"{folder}/link")
        yield Forgery(f"{folder}: a pipe", piped, f"{folder}/pipe")

    def sparse(root: Path) -> None:
        os.truncate(root / "bag-info.txt", 7 << 30)

    yield Forgery("bag-info.txt: 7 GB of nothing", sparse, "bag-info.txt")
