"""The ZIP of a case holds what lies beside a seal too, and nothing that a link leads to."""

import io
import zipfile

from crawler.store.case_zip import case_zip

TAKEN = ("bagit.txt", "data/run.json", "report/r.html", "data/derived/kept")
RUN = "toko/20260101T000000Z-00000001"


def names(tmp_path, **records):
    data = b"".join(case_zip(tmp_path, [RUN], records))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_files_stand_below_the_name_of_their_run(tmp_path):
    root = tmp_path / RUN
    for name in (
        "bagit.txt",
        "data/run.json",
        "report/r.html",
        "derived/cache",
        "data/derived/kept",
        ".hidden",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    (tmp_path / "secret").write_text("secret")
    (root / "data" / "link").symlink_to(tmp_path / "secret")
    (root / "folder").symlink_to(tmp_path)
    found = names(tmp_path, **{"case.json": b"{}"})
    assert set(found) == {
        "verify.py",
        "case.json",
        *(f"bundles/{RUN}/{name}" for name in TAKEN),
    }
    assert found[f"bundles/{RUN}/data/run.json"] == b"data/run.json"


def test_it_begins_before_the_last_file_was_looked_at(tmp_path):
    (tmp_path / RUN).mkdir(parents=True)
    (tmp_path / RUN / "large").write_bytes(b"x" * 5_000_000)
    stream = case_zip(tmp_path, [RUN], {})
    first = next(stream)
    assert first.startswith(b"PK")
    assert len(first) < 1_000_000
