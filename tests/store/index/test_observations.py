"""The same finding over devices and nights is one observation, whatever order the index came about in."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.model.finding import Judgement
from crawler.model.queue import QueueFilter
from crawler.model.seen import seen_hash
from crawler.store import index
from crawler.store.decisions import DecisionBook
from crawler.store.index import queue
from tests.bench import reviewable
from tests.decided import a_decision, an_undo

RUNS, FINDINGS = 8, 40
TABLES = ("observations", "decisions", "stale")


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """Eight judged runs of four targets on two devices; nobody decided anything."""
    return reviewable.build(tmp_path_factory.mktemp("many"), runs=RUNS, findings=FINDINGS, decided_share=0)


@pytest.fixture
def out(stored, tmp_path):
    return Path(shutil.copytree(stored, tmp_path / "snapshots"))


def dump(out):
    with contextlib.closing(sqlite3.connect(f"file:{out / index.FILE}?mode=ro", uri=True)) as database:
        return {name: sorted(database.execute(f"SELECT * FROM {name}").fetchall()) for name in TABLES}


def runs_of(out, target="toko-00"):
    return sorted((out / target).glob("2*"))


def findings_of(root):
    path = root / "findings" / f"{reviewable.POLICY}.json"
    judged = Judgement.model_validate_json(path.read_bytes())
    return [finding for rule in judged.rules for finding in rule.findings]


def a_verdict(root, finding, action="confirm", *, by="ani"):
    return a_decision(
        action,
        by=by,
        target=root.parent.name,
        fingerprint=finding.fingerprint,
        seen=seen_hash(finding, ""),
        severity=finding.severity,
        rule=finding.rule,
        stage=finding.stage,
    )


def test_an_observation_counts_the_runs_and_devices_that_show_it(out):
    listed = {each.fingerprint: each for each in queue.queue(out, QueueFilter(), date(2026, 11, 28))}
    desktop, mobile = runs_of(out)
    both = {f.fingerprint for f in findings_of(desktop)} & {f.fingerprint for f in findings_of(mobile)}
    assert both
    for fingerprint in both:
        found = listed[fingerprint]
        assert (found.runs, found.devices, found.target) == (2, 2, "toko-00")
        assert found.bundle == f"toko-00/{mobile.name}"
        assert (found.first_day, found.last_day) == ("2026-10-01", "2026-10-01")


def test_a_decision_is_in_the_index_without_the_bundle_being_opened(out):
    root = runs_of(out)[0]
    finding = next(each for each in findings_of(root) if each.severity != "high")
    DecisionBook(root).decide(a_verdict(root, finding), 0)
    page = root / "data" / "stages" / "01-storefront" / "page.html"
    page.unlink()  # opening the bundle would tell
    index.add_decisions(root)
    found = queue.observation(out, "toko-00", finding.fingerprint)
    assert (found.state, found.reviewers) == ("confirmed", ("ani",))
    assert index.update(out).kept == RUNS


def test_what_is_severe_waits_for_a_second_person_in_another_run(out):
    first, second = runs_of(out)
    severe = {each.fingerprint: each for each in findings_of(first) if each.severity == "high"}
    finding = next(each for each in findings_of(second) if each.fingerprint in severe)
    DecisionBook(first).decide(a_verdict(first, finding), 0)
    index.add_decisions(first)
    assert queue.observation(out, "toko-00", finding.fingerprint).state == "awaiting-second"
    DecisionBook(second).decide(a_verdict(second, finding, by="budi"), 0)
    index.add_decisions(second)
    found = queue.observation(out, "toko-00", finding.fingerprint)
    assert (found.state, set(found.reviewers)) == ("confirmed", {"ani", "budi"})


def test_a_decision_no_longer_holds_once_the_text_is_another(out):
    root = runs_of(out)[-1]
    finding = next(each for each in findings_of(root) if each.severity != "high")
    DecisionBook(root).decide(a_verdict(root, finding), 0)
    path = root / "findings" / f"{reviewable.POLICY}.json"
    path.write_text(path.read_text().replace(finding.observed, "Kata yang lain sekali"))
    index.update(out)
    found = queue.observation(out, "toko-00", finding.fingerprint)
    assert (found.state, found.outdated) == ("open", True)


def test_a_broken_file_of_decisions_is_told_and_costs_nothing_else(out):
    root = runs_of(out)[0]
    path = root / "review" / "decisions.jsonl"
    path.parent.mkdir()
    path.write_text("mood\n")
    done = index.update(out)
    assert "review/decisions.jsonl is not indexed" in done.problems[f"toko-00/{root.name}"]
    assert queue.queue(out, QueueFilter(run=f"toko-00/{root.name}"), date(2026, 11, 28))


steps = st.lists(
    st.tuples(
        st.sampled_from(["confirm", "dismiss", "second-look", "undo", "gone", "back", "judged"]),
        st.integers(0, 3),
        st.integers(0, 4),
        st.sampled_from(["ani", "budi"]),
    ),
    max_size=8,
)


@given(steps)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_it_came_about_it_says_the_same_as_one_made_anew(stored, tmp_path_factory, taken):
    out = Path(shutil.copytree(stored, tmp_path_factory.mktemp("steps") / "snapshots"))
    aside = out.parent / "aside"
    aside.mkdir()
    for step in taken:
        _take(out, aside, step)
    index.update(out)
    before = dump(out)
    index.update(out, rebuild=True)
    assert dump(out) == before
    assert before["stale"] == []


def _take(out, aside, step):
    """Do one thing to the folder and bring the index up to date, as a desk and a night do."""
    what, number, which, by = step
    roots = [root for target in ("toko-00", "toko-01") for root in runs_of(out, target)]
    if what == "back":
        for gone in list(aside.iterdir()):
            target, name = gone.name.split("+")
            index.add(gone.rename(out / target / name))
        return
    if not roots:
        return
    root = roots[number % len(roots)]
    if what == "gone":
        root.rename(aside / f"{root.parent.name}+{root.name}")
        index.update(out)
    elif what == "judged":
        path = root / "findings" / f"{reviewable.POLICY}.json"
        judged = json.loads(path.read_text())
        judged["rules"] = judged["rules"][: which % 3]
        path.write_text(json.dumps(judged))
        index.add(root)
    else:
        _decide(root, what, which, by)


def _decide(root, action, which, by):
    found = findings_of(root)
    if not found:
        return
    finding, book = found[which % len(found)], DecisionBook(root)
    about = [line for line in book.lines() if line.decision.fingerprint == finding.fingerprint]
    after = about[-1].seq if about else 0
    mine = [line.decision for line in about if line.decision.kind == "finding" and line.decision.by == by]
    if action == "undo" and not mine:
        return
    book.decide(an_undo(mine[-1]) if action == "undo" else a_verdict(root, finding, action, by=by), after)
    index.add_decisions(root)
