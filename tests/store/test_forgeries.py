"""More than 300 ways to touch a bundle, each caught and named by `pantau verify` and by `verify.py` alone."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from crawler.errors import BundleCorrupt
from crawler.store.bundle import Bundle
from crawler.store.verify import verify
from tests.cli.test_index import call
from tests.store.forgeries import Forgery, forgeries, lines
from tests.store.test_verify import write_bundle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LEAST_KINDS = 300
PER_KIND_S = 20  # of one verification on a machine that does other things too
# Loads the copy that travels in a bundle, nothing of ours, and calls it for each folder.
ALONE = """
import contextlib, importlib.util, io, json, sys
sys.dont_write_bytecode = True  # a file more in the bundle would be one too many
spec = importlib.util.spec_from_file_location("alone", sys.argv[1])
alone = importlib.util.module_from_spec(spec)
spec.loader.exec_module(alone)
said = {}
for folder in sys.stdin.read().splitlines():
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = alone.main([folder])
    said[folder] = code, out.getvalue()
json.dump(said, sys.stdout)
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """Give a folder, and remove it: a thousand folders in each other are too deep for pytest."""
    yield tmp_path
    subprocess.run(["rm", "-rf", *map(str, tmp_path.iterdir())], check=True)


def folders(tmp_path: Path, *words: str) -> tuple[Path, dict[Path, Forgery]]:
    """Make a bundle and a forged copy for every kind, or for those whose names have one of the words."""
    original = write_bundle(tmp_path / "original")
    made = {}
    for number, forgery in enumerate(forgeries(original)):
        if words and not any(word in forgery.name for word in words):
            continue
        copy = tmp_path / f"{number:03d}"
        shutil.copytree(original, copy)
        forgery.apply(copy)
        made[copy] = forgery
    return original, made


def is_inert(text: str) -> bool:
    return all(char.isprintable() or char == "\n" for char in text) and text.isascii()


def test_every_kind_is_caught_and_named_by_both(place: Path) -> None:
    original, made = folders(place)
    assert len({forgery.name for forgery in made.values()}) == len(made) >= LEAST_KINDS
    begun = time.monotonic()
    told = call("verify", "--json", *made, original)
    alone = subprocess.run(
        [sys.executable, "-I", "-S", "-c", ALONE, str(original / "verify.py")],
        input="\n".join(map(str, [*made, original])), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert time.monotonic() - begun < PER_KIND_S * len(made)
    ours = {row["bundle"]: row for row in json.loads(told.stdout)}
    theirs = json.loads(alone.stdout)
    for copy, forgery in made.items():
        code, said = theirs[str(copy)]
        assert code == 6, forgery.name
        assert said.splitlines()[-1].startswith("FAILED: "), forgery.name
        assert forgery.told in said, (forgery.name, said)
        assert is_inert(said), forgery.name
        assert not ours[str(copy)]["ok"], forgery.name
        assert ours[str(copy)]["problems"] == said.splitlines()[:-1], forgery.name
    assert ours[str(original)]["ok"]
    assert theirs[str(original)] == [0, "OK: sealed and unchanged\n"]


def test_one_bad_bundle_costs_no_other_its_line(place: Path) -> None:
    original, made = folders(place, "NUL", "1,000 folders")
    bad = list(made)
    result = call("verify", original, *bad, original / "nowhere\x1b[2J", original)
    assert result.return_value == 6
    assert result.stdout.count(": sealed and unchanged") == 2
    assert result.stdout.count(": FAILED") == len(bad) + 1
    assert "\x1b" not in result.output


def test_bundle_and_verifier_read_a_manifest_alike(place: Path) -> None:
    original, made = folders(place, "manifest-sha256.txt: a path", "manifest-sha256.txt: form feed")
    listed = [row[66:].decode() for row in lines(original / "manifest-sha256.txt")]
    assert list(Bundle(original).paths()) == listed
    for copy, forgery in made.items():
        with pytest.raises(BundleCorrupt, match=r"manifest-sha256\.txt") as refused:
            Bundle(copy)
        assert verify(str(copy))[0] in refused.value.message, forgery.name
