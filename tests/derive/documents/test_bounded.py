"""A stranger's file may break its reader, never the judgement."""

import subprocess

import pytest

from crawler.derive.documents import bounded, pdf, svg
from crawler.errors import DocumentUnreadable


def test_too_large_a_file_is_not_even_begun():
    with pytest.raises(DocumentUnreadable, match="too large"):
        bounded.run(pdf.__name__, b"x" * (bounded.MAX_BYTES + 1))


def test_a_reader_that_breaks_says_why():
    with pytest.raises(DocumentUnreadable, match="PdfStreamError|PdfReadError|EmptyFileError"):
        bounded.run(pdf.__name__, b"")


def test_a_reader_that_hangs_is_ended(monkeypatch):
    monkeypatch.setattr(bounded, "WALL_S", 0.01)
    with pytest.raises(DocumentUnreadable, match="within 0.01 s"):
        bounded.run(pdf.__name__, b"%PDF-1.4")


def test_memory_and_time_are_bounded_in_the_reader_itself():
    script = (
        "import resource\nfrom crawler.derive.documents import bounded\n"
        "bounded.serve(lambda data: repr([resource.getrlimit(resource.RLIMIT_AS)[0],"
        " resource.getrlimit(resource.RLIMIT_CPU)[0], data]).encode())"
    )
    done = subprocess.run(
        [__import__("sys").executable, "-c", script], input=b"a", capture_output=True, check=True
    )
    assert done.stdout.decode() == repr([bounded.MEMORY_BYTES, bounded.CPU_S, b"a"])


def test_a_picture_that_would_fill_the_memory_is_an_error():
    wide = b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="90000000"></svg>'
    with pytest.raises(DocumentUnreadable):
        svg.drawn(wide)
