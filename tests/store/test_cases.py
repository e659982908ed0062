"""Cases are lines that are only added to; a run belongs by its own record or by somebody's word."""

from datetime import date

import pytest
from pydantic import ValidationError

from crawler.errors import JournalBroken
from crawler.history.case_file import runs_of_case
from crawler.model.case import CaseOpened, CaseRun
from crawler.store.cases import CaseExists, Cases, NoSuchCase

RUN, OTHER = "toko/20260101T000000Z-00000001", "toko/20260102T000000Z-00000002"


@pytest.fixture
def cases(tmp_path):
    return Cases(tmp_path / "cases.jsonl")


def opened(number="ST-1/PKTN/2026", **facts):
    return CaseOpened(**{"number": number, "begins": date(2026, 11, 1), "by": "budi"} | facts)


def run(number="ST-1/PKTN/2026", name=RUN, *, belongs=True):
    return CaseRun(number=number, run=name, belongs=belongs, by="siti")


def test_a_case_is_opened_once_and_found_by_its_address(cases):
    cases.open(opened(title="Shop"))
    with pytest.raises(CaseExists):
        cases.open(opened(title="Again"))
    cases.open(opened("ST-2"))
    assert [each.number for each in cases.all()] == ["ST-2", "ST-1/PKTN/2026"]
    first = cases.all()[1]
    assert first.title == "Shop"
    assert cases.find(first.id) == first
    assert cases.find("0" * 16) is None


def test_runs_are_put_in_and_taken_out_and_what_was_said_last_stands(cases):
    cases.open(opened())
    for belongs in (True, True, False, True, False):
        cases.note_run(run(belongs=belongs))
    cases.note_run(run(name=OTHER))
    (case,) = cases.all()
    assert (case.added, case.removed) == ((OTHER,), (RUN,))
    assert runs_of_case(case, [RUN, OTHER]) == (OTHER,)
    with pytest.raises(NoSuchCase):
        cases.note_run(run("ST-9"))


def test_runs_of_a_case_stand_in_the_order_of_time(cases):
    cases.open(opened())
    (case,) = cases.all()
    names = ["z-toko/20260101T000000Z-00000001", "a-toko/20260103T000000Z-00000003", OTHER]
    assert runs_of_case(case, names) == (names[0], OTHER, names[1])


@pytest.mark.parametrize(
    "facts",
    [
        {"number": ""},
        {"number": "  "},
        {"number": "a\nb"},
        {"number": "x" * 121},
        {"ends": date(2026, 10, 31)},
    ],
)
def test_a_case_that_cannot_be_is_none(facts):
    with pytest.raises(ValidationError):
        opened(**facts)


def test_a_changed_record_is_told(cases, tmp_path):
    cases.open(opened())
    cases.open(opened("ST-2"))
    path = tmp_path / "cases.jsonl"
    path.write_text(path.read_text().replace("budi", "anto"))
    cases_again = Cases(path)
    with pytest.raises(JournalBroken):
        cases_again.open(opened("ST-3"))
