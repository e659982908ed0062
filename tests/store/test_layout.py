"""Every path inside a bundle, and what may be written there."""

import pytest

from crawler.model.scenario import Stage
from crawler.store import layout


def test_a_visit_has_a_folder_and_its_pages_have_files_there():
    folder = layout.visit_folder(3, Stage.CART)
    assert folder == "data/stages/03-cart"
    assert layout.page_file(folder, 1, "text.json") == "data/stages/03-cart/text.json"
    assert layout.page_file(folder, 2, "text.json") == "data/stages/03-cart/p2-text.json"


@pytest.mark.parametrize("frame", [0, 1, 12, 100])
def test_the_source_of_a_frame_tells_its_number(frame):
    assert layout.frame_of(f"data/stages/01-entry/{layout.frame_source(frame)}") == frame


@pytest.mark.parametrize(
    ("path", "good"),
    [
        ("data/requests.jsonl", True),
        (layout.blob("ab" * 32), True),
        ("data/../run.json", False),
        ("data/.hidden", False),
        ("report/a.html", False),
        ("data/a b", False),
        ("data/a\n", False),
    ],
)
def test_evidence_goes_under_data_by_plain_names_alone(path, good):
    assert layout.is_evidence(path) is good


def test_what_is_named_in_a_bundle_lies_under_data_and_outside_folders_do_not():
    named = (*layout.STREAMS, layout.RUN, layout.CHAIN, layout.NETLOG, layout.NAMES, layout.SCENARIO)
    assert all(map(layout.is_evidence, named))
    assert not any(map(layout.is_evidence, (layout.DERIVED, layout.FINDINGS, layout.REPORT)))


def test_a_folder_is_sealed_once_its_last_manifest_is_there(tmp_path):
    assert not layout.is_sealed(tmp_path)
    (tmp_path / layout.TAG_MANIFEST).touch()
    assert layout.is_sealed(tmp_path)
