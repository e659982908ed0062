"""Every table and list that judging reads stands in a judgement, by its hash."""

from pathlib import Path

import crawler
from crawler.checks.versions import LISTS, data_versions
from crawler.lib import words

CAPTURE_ONLY = {"advances", "guard", "secrets", "walls"}  # lists that nothing reads once a bundle is sealed
DESK_ONLY = {"decisions"}  # what a reviewer may say of a finding


def test_every_list_is_named_or_belongs_to_capture():
    folder = Path(crawler.__file__).parent / "policies" / "words"
    assert {path.stem for path in folder.glob("*.toml")} == {*LISTS, *CAPTURE_ONLY, *DESK_ONLY}


def test_each_is_named_by_its_hash():
    assert data_versions()["words/operator-groups.toml"] == words.sha256("words/operator-groups.toml")
