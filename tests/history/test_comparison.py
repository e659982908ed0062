"""Two runs held against each other as a whole: what makes them less alike, and what could not be compared."""

from __future__ import annotations

from datetime import date

from crawler.history.comparison import compare
from crawler.model.comparison import Comparison
from tests.bundles import a_visit


def test_a_run_beside_itself_has_no_change(run):
    side = run([a_visit("product", text=["TikTok Shop"]), a_visit("payment", reached=False)])
    found = compare(side, side)
    assert [change.state for change in found.findings] == ["still-there"]
    assert (found.notes, found.verdicts, found.hosts, found.payments, found.hand_over) == (
        (),
        (),
        (),
        (),
        None,
    )
    told = [(change.stage.value, [why.id for why in change.why]) for change in found.stages]
    assert told == [
        ("product", ["compare.no-picture"]),
        ("payment", ["compare.old-unreached", "compare.new-unreached"]),
    ]


def test_what_makes_the_runs_less_alike_is_told(run):
    old = run([a_visit("product", text=["a"])])
    new = run(
        [a_visit("product", text=["a"])],
        device="mobile",
        as_of=date(2024, 3, 13),
        status="incomplete",
        ended_by="deadline",
        target="https://lain.test/",
    )
    notes = [note.id for note in compare(old, new).notes]
    assert notes == [
        "compare.other-target",
        "compare.other-device",
        "compare.other-as-of",
        "compare.new-incomplete",
    ]


def test_a_stage_of_one_run_alone_is_told(run):
    old, new = run([a_visit("product", text=["a"])]), run([a_visit("cart", text=["a"])])
    told = {change.stage.value: [why.id for why in change.why] for change in compare(old, new).stages}
    assert told == {"cart": ["compare.old-absent"], "product": ["compare.new-absent"]}


def test_it_is_a_record_that_can_be_read_again(run):
    old, new = run([a_visit("product", text=["TikTok Shop"])]), run([a_visit("product", text=["Shop"])])
    found = compare(old, new)
    assert Comparison.model_validate_json(found.model_dump_json()) == found
    assert found.count("gone") == 1
