"""What counts as a judgement beside a bundle, and which one is the newest."""

from __future__ import annotations

import os

import pytest

from crawler.checks.engine import judge, write
from crawler.errors import BundleCorrupt
from crawler.model.policy import load_brands, load_pack
from crawler.store.judgements import judgement_files, kept_judgements, read_judgement
from tests.bundles import a_visit, make_bundle

OLD, NEW = "permendag-31-2023", "permendag-19-2026"


@pytest.fixture(name="bundle")
def judged(tmp_path):
    bundle = make_bundle(tmp_path, [a_visit("info")])
    for place, pack in enumerate((OLD, NEW)):
        path = write(bundle, judge(bundle, load_pack(pack), load_brands()))
        os.utime(path, (1_000_000 - place, 1_000_000 - place))
    return bundle


def test_the_newest_comes_first(bundle):
    assert [judgement.policy for judgement in kept_judgements(bundle)] == [OLD, NEW]


def test_what_is_no_judgement_of_this_bundle_is_passed_over(bundle, tmp_path):
    folder = bundle.root / "findings"
    (folder / "broken.json").write_text("{")
    (folder / ".half.json").write_text("{}")
    (folder / "elsewhere.json").symlink_to(folder / f"{OLD}.json")
    other = make_bundle(tmp_path / "other", [a_visit("cart")])
    (folder / "foreign.json").write_bytes(
        write(other, judge(other, load_pack(OLD), load_brands())).read_bytes()
    )
    assert [path.stem for path in judgement_files(bundle.root)] == ["broken", "foreign", NEW, OLD]
    assert len(list(kept_judgements(bundle))) == 2
    for name, why in (("broken", "no judgement"), ("foreign", "of another bundle")):
        with pytest.raises(BundleCorrupt, match=why):
            read_judgement(folder / f"{name}.json", bundle)


def test_without_a_folder_or_with_a_link_there_is_none(tmp_path):
    bundle = make_bundle(tmp_path, [a_visit("info")])
    assert judgement_files(bundle.root) == []
    (bundle.root / "findings").symlink_to(tmp_path)
    assert judgement_files(bundle.root) == []
