"""How far something is, where nobody watches: lines on standard error, one for what is worth it."""

import pytest

from crawler.cli.progress import Counter, RunProgress
from crawler.lib.i18n import translate


@pytest.fixture
def said(capsys):
    def lines():
        return capsys.readouterr().err.splitlines()

    return lines


def test_a_stage_that_was_reached_and_one_that_was_not(said):
    with RunProgress(translate("en"), "toko-a") as progress:
        progress({"event": "opened", "scenario": {"stages": ["cart", "payment"]}})
        progress({"event": "visit", "kind": "cart", "reached": True, "reason": ""})
        progress({"event": "visit", "kind": "payment", "reached": False, "reason": "not opened"})
    lines = said()
    assert len(lines) == 2
    assert all(line.startswith("toko-a: ") for line in lines)


def test_what_the_guard_kept_back_is_told_by_its_word_or_address(said):
    with RunProgress(translate("en"), "toko-a") as progress:
        progress({"event": "refusal", "what": "click", "word": "Bayar", "url": ""})
        progress({"event": "refusal", "what": "request", "word": "", "url": "https://a.test/pay"})
    assert [("Bayar" in line, "a.test/pay" in line) for line in said()] == [(True, False), (False, True)]


def test_a_label_cannot_steer_a_terminal(said):
    with RunProgress(translate("en"), "a\x1b[2J[red]b") as progress:
        progress({"event": "visit", "kind": "cart", "reached": True, "reason": ""})
    (line,) = said()
    assert "\x1b" not in line
    assert "[red]" in line


@pytest.mark.parametrize(("total", "lines"), [(1, []), (2, ["1/2 a", "2/2 b"])])
def test_several_files_are_counted_and_one_alone_is_not(said, total, lines):
    with Counter(total) as counter:
        for name in "ab"[:total]:
            counter.begin(name)
    assert said() == lines
