"""What became of a job, by what its process said and what it left."""

import pytest

from crawler.fleet.outcome import Walked, folder_bytes, outcome_of, run_folder
from crawler.model.night import Job, JobStart
from crawler.store import layout
from tests.bundles import a_visit, make_bundle


def start(root):
    return JobStart(
        job=Job(target="toko-a", device="desktop"), run_id=root.name, worker="w", machine="m",
        began="2024-03-12T02:00:00.000Z", until="2024-03-12T03:00:00.000Z",
    )  # fmt: skip


@pytest.fixture
def bundle(tmp_path):
    return make_bundle(tmp_path, [a_visit("cart"), a_visit("payment", reached=False, reason="not opened")])


def outcome(bundle, **walked):
    return outcome_of(bundle.root.parent.parent, start(bundle.root), Walked(**{"exit_code": 0} | walked))


def test_a_sealed_bundle_says_its_stages_and_its_seal(bundle):
    found = outcome(bundle)
    assert (found.state, found.seal) == (bundle.run.status, bundle.seal)
    assert [(each.stage, each.reached, each.reason) for each in found.stages][1] == (
        "payment",
        False,
        "not opened",
    )
    assert found.bundle_bytes == folder_bytes(bundle.root) > 0


def test_one_that_was_not_sealed_has_no_stages(bundle):
    (bundle.root / layout.TAG_MANIFEST).unlink()
    found = outcome(bundle)
    assert (found.state, found.stages) == ("unsealed", ())
    assert found.error


def test_no_folder_at_all_is_said_with_how_the_process_ended(tmp_path):
    for code, error in ((None, "gone"), (-9, "signal 9"), (4, "exit code 4")):
        found = outcome_of(tmp_path, start(tmp_path / "20240312T020000Z-00000000"), Walked(exit_code=code))
        assert found.state == "no-bundle"
        assert error in found.error
        assert found.exit_code == (code if code and code > 0 else None)


def test_what_the_process_said_comes_first(bundle):
    assert outcome(bundle, exit_code=5, said="the disk is full").error == "the disk is full"


def test_a_run_is_found_by_its_id_alone(bundle, tmp_path):
    assert run_folder(bundle.root.parent.parent, bundle.root.name) == bundle.root
    assert run_folder(tmp_path, "20240312T020000Z-ffffffff") is None
