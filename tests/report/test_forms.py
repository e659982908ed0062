"""Every form is written, beside the bundle or somewhere else, and the evidence stays as it was."""

from __future__ import annotations

import pytest

from crawler.report.forms import FORMS, write_form
from crawler.store.verify import verify
from tests.report.samples import sample_bundle, sample_judgement


@pytest.fixture(scope="module", name="bundle")
def sealed(tmp_path_factory):
    return sample_bundle(tmp_path_factory.mktemp("forms"))


@pytest.mark.parametrize("form", [form for form in FORMS if form != "wacz"])
def test_a_form_goes_into_another_folder_and_leaves_the_bundle_alone(bundle, tmp_path, form):
    written = write_form(form, bundle, sample_judgement(), "en", root=tmp_path)
    assert written
    assert all(path.parent == tmp_path / "report" and path.stat().st_size for path in written)
    assert not (bundle.root / "report").exists()
    assert verify(str(bundle.root)) == []


def test_without_a_folder_it_goes_beside_the_bundle(tmp_path):
    bundle = sample_bundle(tmp_path)
    (path,) = write_form("json", bundle, sample_judgement())
    assert path.parent == bundle.root / "report"


def test_no_other_form_is_guessed(bundle, tmp_path):
    with pytest.raises(ValueError, match="pdf2"):
        write_form("pdf2", bundle, sample_judgement(), root=tmp_path)
