"""The decisions of a run: nothing lost, nothing doubled, and the later of two writers is told."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from crawler.errors import DecisionConflict, DecisionRefused, JournalBroken, JournalUnwritable
from crawler.store.decisions import DecisionBook
from tests.decided import FINGERPRINT, a_decision, a_sign_off, an_undo

OTHER = "12" * 16


@pytest.fixture
def root(tmp_path):
    (tmp_path / "data").mkdir()
    return tmp_path


@pytest.fixture
def book(root):
    return DecisionBook(root)


def decided(book):
    return [line.decision for line in book.lines()]


def test_nobody_decided_anything(book):
    assert book.lines() == ()


def test_what_was_decided_comes_back_with_number_and_time(book):
    first = book.decide(a_decision(), 0)
    second = book.decide(a_decision("dismiss", by="budi", note="bukan toko ini"), first.seq)
    assert book.lines() == (first, second)
    assert [line.seq for line in book.lines()] == [1, 2]


def test_the_second_of_two_writers_is_told_and_nothing_is_written(book):
    book.decide(a_decision(by="ani"), 0)
    before = book.path.read_bytes()
    with pytest.raises(DecisionConflict, match="ani decided about the same meanwhile"):
        book.decide(a_decision("dismiss", by="budi"), 0)
    assert book.path.read_bytes() == before


def test_two_people_at_different_findings_do_not_disturb_each_other(book):
    book.decide(a_decision(by="ani"), 0)
    book.decide(a_decision(by="budi", fingerprint=OTHER), 0)
    assert len(book.lines()) == 2


def test_sending_twice_says_it_once(book):
    said = a_decision()
    assert book.decide(said, 0) == book.decide(said, 0)
    assert len(book.lines()) == 1


def test_the_key_of_another_decision_is_refused(book):
    said = a_decision()
    book.decide(said, 0)
    with pytest.raises(DecisionRefused, match="another decision"):
        book.decide(a_decision("dismiss", key=said.key), 0)


def test_an_undo_is_a_line_of_its_own(book):
    said = a_decision()
    undo = an_undo(said)
    book.decide(said, 0)
    book.decide(undo, 1)
    assert decided(book) == [said, undo]


def test_nobody_takes_back_what_another_said(book):
    said = a_decision(by="ani")
    book.decide(said, 0)
    with pytest.raises(DecisionRefused, match="decision of ani"):
        book.decide(an_undo(said, by="budi"), 1)
    with pytest.raises(DecisionRefused, match="no such decision"):
        book.decide(an_undo(a_decision(fingerprint=OTHER)), 0)


def test_a_run_is_signed_off_beside_its_findings(book):
    book.decide(a_decision(), 0)
    book.decide(a_sign_off(), 0)
    with pytest.raises(DecisionConflict):
        book.decide(a_sign_off(by="budi"), 0)
    book.decide(a_sign_off(by="budi"), 2)
    assert len(book.lines()) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"action": "dismiss", "reason": ""},
        {"action": "dismiss", "reason": "mood"},
        {"reason": "misread"},
        {"exception": 1},
    ],
)
def test_a_dismissal_alone_has_a_reason_and_it_is_a_known_one(book, wrong):
    with pytest.raises(DecisionRefused):
        book.decide(a_decision(**wrong), 0)
    assert not book.path.exists()


def test_nothing_is_decided_where_no_run_is(tmp_path):
    with pytest.raises(DecisionRefused):
        DecisionBook(tmp_path / "nothing").decide(a_decision(), 0)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_link_is_not_followed(root, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (root / "review").symlink_to(elsewhere)
    with pytest.raises(JournalUnwritable):
        DecisionBook(root).decide(a_decision(), 0)
    assert list(elsewhere.iterdir()) == []


def test_a_pipe_in_place_of_the_file_is_told_at_once(root):
    import os

    (root / "review").mkdir()
    os.mkfifo(root / "review" / "decisions.jsonl")
    with pytest.raises(JournalUnwritable):
        DecisionBook(root).lines()
    with pytest.raises(JournalUnwritable):
        DecisionBook(root).decide(a_decision(), 0)


def test_a_line_that_is_no_decision_is_damage(book):
    book.decide(a_decision(), 0)
    line = json.dumps(
        {
            "seq": 2,
            "time": "2026-11-27T00:00:00.000Z",
            "kind": "mood",
            "prev": hashlib.sha256(book.path.read_bytes().rstrip(b"\n")).hexdigest(),
        }
    )
    with book.path.open("a") as file:
        file.write(line + "\n")
    with pytest.raises(JournalBroken, match="line 2"):
        book.lines()


def _decide_many(root, by, number, done):
    book = DecisionBook(Path(root))
    written = 0
    while written < number:
        last = [line.seq for line in book.lines() if line.decision.fingerprint == FINGERPRINT]
        try:
            book.decide(a_decision(by=by, note=str(written)), max(last, default=0))
            written += 1
        except DecisionConflict:
            continue
    done.put(by)


def test_processes_that_decide_about_the_same_lose_and_double_nothing(root):
    context = multiprocessing.get_context("spawn")
    done = context.Queue()
    workers = [context.Process(target=_decide_many, args=(str(root), by, 10, done)) for by in ("ani", "budi")]
    for worker in workers:
        worker.start()
    assert {done.get(timeout=120) for _ in workers} == {"ani", "budi"}
    for worker in workers:
        worker.join()
    notes = [(line.decision.by, line.decision.note) for line in DecisionBook(root).lines()]
    assert sorted(notes) == sorted((by, str(number)) for by in ("ani", "budi") for number in range(10))


class Reviewers(RuleBasedStateMachine):
    """Two people on several findings: up to date or not, sending again, killed in the middle of a line."""

    @initialize()
    def begin(self):
        self.root = Path(tempfile.mkdtemp(prefix="pantau-decisions-"))
        (self.root / "data").mkdir()
        self.book = DecisionBook(self.root)
        self.acknowledged = []
        self.heads = {}
        self.torn = False

    @rule(
        by=st.sampled_from(["ani", "budi"]),
        what=st.sampled_from([FINGERPRINT, OTHER]),
        action=st.sampled_from(["confirm", "dismiss", "second-look"]),
        note=st.text(max_size=40),
    )
    def decide(self, by, what, action, note):
        said = a_decision(action, by=by, fingerprint=what, note=note)
        line = self.book.decide(said, self.heads.get(what, 0))
        self.torn = False
        self.heads[what] = line.seq
        self.acknowledged.append(line)

    @precondition(lambda self: self.heads)
    @rule(what=st.sampled_from([FINGERPRINT, OTHER]), stale=st.integers(-3, 3))
    def decide_late(self, what, stale):
        head = self.heads.get(what, 0)
        if stale == 0:
            return
        with pytest.raises(DecisionConflict):
            self.book.decide(a_decision(fingerprint=what), head + stale)

    @precondition(lambda self: self.acknowledged)
    @rule(which=st.integers(0))
    def send_again(self, which):
        line = self.acknowledged[which % len(self.acknowledged)]
        assert self.book.decide(line.decision, 0) == line

    @precondition(lambda self: self.acknowledged)
    @rule(by=st.sampled_from(["ani", "budi"]), which=st.integers(0))
    def undo(self, by, which):
        said = [line.decision for line in self.acknowledged if hasattr(line.decision, "action")]
        wanted = said[which % len(said)]
        head = self.heads[wanted.fingerprint]
        if by != wanted.by:
            with pytest.raises(DecisionRefused):
                self.book.decide(an_undo(wanted, by=by), head)
            return
        line = self.book.decide(an_undo(wanted), head)
        self.torn = False
        self.heads[wanted.fingerprint] = line.seq
        self.acknowledged.append(line)

    @precondition(lambda self: not self.torn)
    @rule(cut=st.floats(0, 1), note=st.text(max_size=40))
    def killed_in_the_middle_of_a_line(self, cut, note):
        """What a kill leaves: the beginning of a line that was not acknowledged."""
        before = self.book.path.read_bytes() if self.book.path.exists() else b""
        other = DecisionBook(Path(tempfile.mkdtemp(prefix="pantau-decisions-")))
        (other.root / "data").mkdir()
        other.decide(a_decision(note=note), 0)
        line = other.path.read_bytes().rstrip(b"\n")
        shutil.rmtree(other.root)
        self.book.path.parent.mkdir(exist_ok=True)
        self.book.path.write_bytes(before + line[: int(cut * len(line))])
        self.torn = True

    @invariant()
    def all_that_was_acknowledged_is_there_once_and_in_order(self):
        if hasattr(self, "book"):
            assert self.book.lines() == tuple(self.acknowledged)

    def teardown(self):
        if hasattr(self, "root"):
            shutil.rmtree(self.root)


TestReviewers = Reviewers.TestCase
TestReviewers.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)


@pytest.mark.parametrize("wanted", range(0, 100, 7))
def test_any_changed_byte_of_an_earlier_line_is_told(book, wanted):
    book.decide(a_decision(), 0)
    book.decide(a_decision(fingerprint=OTHER), 0)
    data = bytearray(book.path.read_bytes())
    place = data.index(b"\n") * wanted // 100
    data[place] ^= 1
    book.path.write_bytes(bytes(data))
    with pytest.raises(JournalBroken):
        book.lines()
    with pytest.raises(JournalBroken):
        book.decide(a_decision(fingerprint="34" * 16), 0)
    assert book.path.read_bytes() == bytes(data)
