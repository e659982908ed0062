"""The index says what the bundles say, however it came about and whatever was done to its file."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlite_utils
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from crawler.checks.engine import judge, write
from crawler.errors import IndexUnavailable
from crawler.model.evidence import Refusal
from crawler.model.policy import load_brands, pack_in_force
from crawler.store import index
from crawler.store.bundle import Bundle
from crawler.store.index import file as index_file
from crawler.store.index import tables as index_tables
from tests.bundles import MOMENT, a_request, a_visit, make_bundle

SURROGATE = {"id"}  # row numbers follow the order of indexing


def a_run(tmp_path: Path, number: int, *, judged: bool = True, **facts: Any) -> Path:
    """Write a run that differs from all others by its number, and judge it."""
    name = f"20240312T020000Z-{number:08x}"
    bundle = make_bundle(
        tmp_path,
        visits=[
            a_visit("storefront", text=["TikTok Shop", f"barang nomor{number}", "Selamat dátang"]),
            a_visit("payment", reached=False),
        ],
        requests=[
            a_request("https://pay.tokopedia.com/v2/payment", visit=2, method="POST", body="amount=1"),
            a_request("https://cdn.tokopedia.net/a.js"),
            a_request("https://cdn.tokopedia.net/b.js", answered=False),
            a_request("https://gtm.test/order", state="refused"),
            a_request("data:text/plain,x"),
        ],
        run_id=name,
        **facts,
    )
    if judged:
        judge_again(bundle.root)
    return bundle.root


def judge_again(root: Path, day: date | None = None) -> Path:
    bundle = Bundle(root)
    day = day or bundle.run.as_of
    return write(bundle, judge(bundle, pack_in_force(day), load_brands(), as_of=day))


def opened(out: Path) -> sqlite_utils.Database:
    return sqlite_utils.Database(sqlite3.connect(f"file:{out / 'index.db'}?mode=ro", uri=True))


def dump(out: Path) -> dict[str, list[str]]:
    """Return the rows of every table in an order of their own, without row numbers."""
    with contextlib.closing(opened(out)) as database:
        return {
            name: sorted(
                json.dumps({key: value for key, value in row.items() if key not in SURROGATE}, sort_keys=True)
                for row in database.table(name).rows
            )
            for name in ("schema", *index_tables.TABLES)
        }


def rows(out: Path, table: str, where: str = "1") -> list[dict[str, Any]]:
    with contextlib.closing(opened(out)) as database:
        return list(database.table(table).rows_where(where))


def is_sound(out: Path) -> bool:
    """Say whether tables, foreign keys and both full-text indexes agree with each other."""
    with contextlib.closing(sqlite3.connect(out / "index.db")) as connection:
        for name in ("findings", "pages"):
            connection.execute(f"INSERT INTO {name}_fts({name}_fts, rank) VALUES ('integrity-check', 1)")
        dangling = connection.execute("PRAGMA foreign_key_check").fetchall()
        return dangling == [] and connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three judged runs, to be copied."""
    folder = tmp_path_factory.mktemp("stored")
    for number in range(3):
        a_run(folder, number)
    return folder / "snapshots"


@pytest.fixture
def out(stored: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(stored, tmp_path / "snapshots"))


def runs_of(out: Path) -> list[Path]:
    return sorted((out / "test-shop").glob("2*"))


# --- what is in it -------------------------------------------------------------------------------------


def test_every_table_has_what_the_bundle_says(out: Path) -> None:
    done = index.update(out)
    assert (done.runs, done.read, done.kept, done.removed) == (3, 3, 0, 0)
    root = runs_of(out)[0]
    bundle, key = Bundle(root), f"test-shop/{root.name}"
    of_run = f"bundle = '{key}'"
    (run,) = rows(out, "runs", of_run)
    assert (run["state"], run["seal"], run["run_id"]) == ("sealed", bundle.seal, root.name)
    assert (run["scenario"], run["as_of"], run["status"]) == ("test-shop", "2024-03-12", "complete")
    visits = rows(out, "visits", of_run)
    assert [(row["stage"], row["reached"], row["reason"]) for row in visits] == [
        ("storefront", 1, None),
        ("payment", 0, "timeout"),
    ]
    listed = {(artifact.path, artifact.sha256) for visit in bundle.run.visits for artifact in visit.artifacts}
    assert {(row["path"], row["sha256"]) for row in rows(out, "artifacts", of_run)} == listed
    assert [row["host"] for row in rows(out, "requests", of_run)] == [
        "pay.tokopedia.com",
        "cdn.tokopedia.net",
        "cdn.tokopedia.net",
        "gtm.test",
        "",
    ]
    hosts = {row["host"]: row for row in rows(out, "hosts", of_run)}
    cdn, refused = hosts["cdn.tokopedia.net"], hosts["gtm.test"]
    assert (cdn["registrable"], cdn["requests"], cdn["contacted"]) == ("tokopedia.net", 2, 1)
    assert (refused["contacted"], refused["refused"]) == (0, 1)


def test_a_judgement_from_before_there_was_a_meter_has_none(out: Path) -> None:
    for root in runs_of(out):
        for path in (root / "findings").glob("*.json"):
            judged = json.loads(path.read_text())
            path.write_text(
                json.dumps({name: value for name, value in judged.items() if name != "leftovers"})
            )
    done = index.update(out)
    assert done.problems == {}
    assert rows(out, "leftovers") == []


def test_judgements_are_those_beside_the_bundle(out: Path) -> None:
    index.update(out)
    root = runs_of(out)[0]
    kept = json.loads((root / "findings" / "permendag-31-2023.json").read_text())
    of_run = f"bundle = 'test-shop/{root.name}'"
    (judgement,) = rows(out, "judgements", of_run)
    assert judgement["verdict"] == kept["verdict"]
    assert (judgement["passed"], judgement["judged"]) == (kept["index"]["passed"], kept["index"]["judged"])
    assert {row["obligation"]: row["verdict"] for row in rows(out, "obligations", of_run)} == {
        each["obligation"]: each["verdict"] for each in kept["obligations"]
    }
    told = [finding for rule in kept["rules"] for finding in rule["findings"]]
    assert told
    assert [row["fingerprint"] for row in rows(out, "findings", of_run)] == [
        finding["fingerprint"] for finding in told
    ]


def test_unsealed_and_damaged_bundles_are_named_and_give_no_rows(out: Path) -> None:
    unsealed, damaged, sound = runs_of(out)
    (unsealed / "tagmanifest-sha256.txt").unlink()
    page = damaged / "data/stages/01-storefront/page.html"
    page.write_bytes(page.read_bytes() + b" ")
    done = index.update(out)
    assert done.unsealed == (f"test-shop/{unsealed.name}",)
    assert done.damaged == (f"test-shop/{damaged.name}",)
    assert "page.html: changed" in done.problems[f"test-shop/{damaged.name}"]
    assert {row["bundle"] for row in rows(out, "visits")} == {f"test-shop/{sound.name}"}
    assert len(rows(out, "runs")) == 3


def test_a_bundle_of_a_newer_schema_is_named(tmp_path: Path) -> None:
    a_run(tmp_path, 1, judged=False)
    out = tmp_path / "snapshots"
    with pytest.raises(Exception, match="schema version 99"):
        make_bundle(tmp_path, run_id="20250101T000000Z-00000000", schema_version=99)
    done = index.update(out)
    assert done.damaged == ("test-shop/20250101T000000Z-00000000",)
    assert [row["state"] for row in rows(out, "runs")] == ["sealed", "too new"]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"[]", "no judgement"), (b"\xff\x00{", "no judgement"), (None, "of another bundle")],
)
def test_a_judgement_that_is_none_is_named_and_not_indexed(
    out: Path, content: bytes | None, said: str
) -> None:
    first, second, _ = runs_of(out)
    other = (second / "findings/permendag-31-2023.json").read_bytes()
    (first / "findings/permendag-31-2023.json").write_bytes(other if content is None else content)
    done = index.update(out)
    assert said in done.problems[f"test-shop/{first.name}"]
    assert done.damaged == ()
    assert rows(out, "judgements", f"bundle = 'test-shop/{first.name}'") == []


def test_numbers_and_texts_that_no_column_holds_are_told(tmp_path: Path) -> None:
    a_run(tmp_path, 1, judged=False)
    huge = make_bundle(
        tmp_path, [a_visit("cart")], [a_request("https://a.test/", visit=10**30)], run_id="2-huge"
    )
    done = index.update(tmp_path / "snapshots")
    assert done.problems == {f"test-shop/{huge.root.name}": "requests.visit is a number too large"}


def test_folders_that_are_no_runs_are_passed_by(out: Path) -> None:
    (out / "notes" / "a").mkdir(parents=True)
    (out / "test-shop" / "link").symlink_to(runs_of(out)[0])
    (out / "README.md").write_text("words")
    (out / os.fsdecode(b"\xff\xfe") / "2" / "data").mkdir(parents=True)
    done = index.update(out)
    assert done.runs == 4
    assert done.unsealed == ("\\xff\\xfe/2",)


# --- equal content -------------------------------------------------------------------------------------


def test_growing_with_the_runs_gives_what_a_rebuild_gives(tmp_path: Path) -> None:
    out = tmp_path / "snapshots"
    for number in range(4):
        index.add(a_run(tmp_path, number))
    first, second, third, _ = runs_of(out)
    judge_again(first, date(2026, 7, 1))
    index.add(first)
    (second / "tagmanifest-sha256.txt").unlink()
    shutil.rmtree(third)
    index.update(out)
    grown = dump(out)
    done = index.update(out, rebuild=True)
    assert (done.read, done.kept, done.runs) == (3, 0, 3)
    assert dump(out) == grown
    assert len(rows(out, "judgements", f"bundle = 'test-shop/{first.name}'")) == 2
    assert is_sound(out)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["add", "update", "judge", "hide", "unseal"]), st.integers(0, 2)),
        max_size=8,
    )
)
def test_any_order_of_events_ends_in_the_same_rows(stored: Path, tmp_path: Path, steps: Any) -> None:
    out = tmp_path / "snapshots"
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(stored, out)
    roots = runs_of(out)
    for what, number in steps:
        root = roots[number]
        if what == "update":
            index.update(out)
        elif not root.exists():
            continue
        elif what == "add":
            index.add(root)
        elif what == "judge" and (root / "tagmanifest-sha256.txt").exists():
            judge_again(root, date(2026, 7, 1))
        elif what == "hide":
            shutil.rmtree(root)
        elif what == "unseal":
            (root / "tagmanifest-sha256.txt").unlink(missing_ok=True)
    index.update(out)
    grown = dump(out)
    index.update(out, rebuild=True)
    assert dump(out) == grown
    assert is_sound(out)


def test_what_did_not_change_is_not_read_again(out: Path) -> None:
    index.update(out)
    page = runs_of(out)[0] / "data/stages/01-storefront/page.html"
    page.write_bytes(b"other")  # seen only by who reads it
    assert (again := index.update(out)).read == 0
    assert again.damaged == ()
    assert index.update(out, rebuild=True).damaged == (f"test-shop/{runs_of(out)[0].name}",)


def test_a_new_judgement_is_a_change(out: Path) -> None:
    index.update(out)
    judge_again(runs_of(out)[1], date(2026, 7, 1))
    assert index.update(out).read == 1
    assert len(rows(out, "judgements")) == 4


def test_the_first_run_fills_a_new_file_with_all(out: Path) -> None:
    assert index.add(runs_of(out)[0]) is None
    assert len(rows(out, "runs")) == 3


def test_rows_go_with_their_run(out: Path) -> None:
    index.update(out)
    shutil.rmtree(out / "test-shop")
    assert index.update(out).removed == 3
    assert {name: len(listed) for name, listed in dump(out).items() if name != "schema"} == dict.fromkeys(
        index_tables.TABLES, 0
    )
    assert index.search(out, "tiktok") == ()
    assert is_sound(out)


# --- several at once -----------------------------------------------------------------------------------


def many_adds(roots: list[Path], rounds: int, failures: Any) -> None:
    for _ in range(rounds):
        for root in roots:
            try:
                aside = index.add(root)
            except IndexUnavailable as error:
                failures.put(str(error))
            else:
                if aside:
                    failures.put(f"set aside as {aside}")


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    """Four writers on a file that none has made yet, while a fifth rebuilds it twice."""
    roots = [a_run(tmp_path, number, judged=number % 2 == 0) for number in range(8)]
    out = tmp_path / "snapshots"
    context = multiprocessing.get_context("spawn")
    failures = context.Queue()
    writers = [
        context.Process(target=many_adds, args=(roots[number::2], 4, failures)) for number in (0, 1, 0, 1)
    ]
    for writer in writers:
        writer.start()
    for _ in range(2):
        index.update(out, rebuild=True)
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0] * 4
    assert failures.empty(), failures.get()
    index.update(out)
    grown = dump(out)
    assert len(grown["runs"]) == 8
    index.update(out, rebuild=True)
    assert dump(out) == grown
    assert is_sound(out)
    assert list(out.glob("index.db.*")) == []


# --- a file that cannot be used ------------------------------------------------------------------------


def shortened(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def random_bytes(path: Path) -> None:
    path.write_bytes(os.urandom(20_000))


def overwritten_inside(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096 * 3 : 4096 * 12] = os.urandom(4096 * 9)
    path.write_bytes(bytes(data))


def without_a_table(path: Path) -> None:
    sqlite_utils.Database(path).table("hosts").drop()


def without_a_column(path: Path) -> None:
    sqlite_utils.Database(path).table("hosts").transform(drop={"refused"})


@pytest.mark.parametrize(
    "spoil", [shortened, emptied, random_bytes, overwritten_inside, without_a_table, without_a_column]
)
@pytest.mark.parametrize("by", ["update", "add"])
def test_a_damaged_file_is_set_aside_and_made_again(out: Path, spoil: Any, by: str) -> None:
    index.update(out)
    good = dump(out)
    spoil(out / "index.db")
    spoiled = (out / "index.db").read_bytes()
    aside = index.update(out).set_aside if by == "update" else index.add(runs_of(out)[0])
    if aside is None and by == "add":  # what a single run does not touch is found by the next update
        aside = index.update(out).set_aside
    assert aside is not None
    assert Path(aside).name.startswith("index.db.damaged-")
    assert Path(aside).read_bytes() == spoiled
    assert dump(out) == good
    assert is_sound(out)


def test_any_damage_ends_in_an_index_or_in_one_kind_of_error(stored: Path, tmp_path: Path) -> None:
    index.update(shutil.copytree(stored, tmp_path / "whole"))
    whole = (tmp_path / "whole" / "index.db").read_bytes()
    out = shutil.copytree(stored, tmp_path / "snapshots")
    root = runs_of(out)[0]

    @settings(max_examples=40, deadline=None)
    @example(at=99_997, with_=b"\x80")  # SQLite's own message is then no UTF-8
    @given(at=st.integers(0, len(whole) - 1), with_=st.binary(min_size=1, max_size=300))
    def spoil(at: int, with_: bytes) -> None:
        for left in out.glob("index.db*"):
            left.unlink()
        (out / "index.db").write_bytes((whole[:at] + with_ + whole[at + len(with_) :])[: len(whole)])
        with contextlib.suppress(IndexUnavailable):
            index.add(root)
        with contextlib.suppress(IndexUnavailable):
            index.search(out, "tiktok")
        with contextlib.suppress(IndexUnavailable):
            index.update(out)
        assert len(dump_after_rebuild(out)["runs"]) == 3

    spoil()


def dump_after_rebuild(out: Path) -> dict[str, list[str]]:
    index.update(out, rebuild=True)
    return dump(out)


def test_a_file_locked_by_a_stranger_is_set_aside(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_file, "BUSY_TIMEOUT_S", 0.2)
    index.update(out)
    good = dump(out)
    stranger = sqlite3.connect(out / "index.db", isolation_level=None)
    with contextlib.closing(stranger):
        stranger.execute("BEGIN IMMEDIATE")
        aside = index.add(runs_of(out)[0])
        assert aside is not None
        assert aside.name.startswith("index.db.locked-")
        assert dump(out) == good
        stranger.execute("ROLLBACK")
    assert is_sound(out)


def test_a_lock_of_another_pantau_is_waited_for_and_told(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_file, "BUSY_TIMEOUT_S", 0.2)
    index.update(out)
    before = dump(out)
    holder = subprocess.Popen(
        ["flock", "--exclusive", out / ".index.lock", "sh", "-c", "echo held; read _"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(IndexUnavailable, match="in use by another Pantau"):
            index.update(out)
        with pytest.raises(IndexUnavailable, match="in use by another Pantau"):
            index.update(out, rebuild=True)
        assert len(index.search(out, "tiktok")) > 0
    finally:
        holder.communicate(b"\n", timeout=10)
    assert dump(out) == before
    assert index.update(out).read == 0


@pytest.mark.parametrize(("version", "label"), [(0, "damaged"), ("", "damaged")])
def test_a_version_that_is_none_is_damage(out: Path, version: Any, label: str) -> None:
    index.update(out)
    database = sqlite_utils.Database(out / "index.db")
    database.execute("DELETE FROM schema")
    if version != "":
        database.table("schema").insert({"version": version, "complete": 1})
    database.close()
    assert f".{label}-" in str(index.update(out).set_aside)


def test_an_older_version_is_made_again(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index.update(out)
    monkeypatch.setattr(index_tables, "VERSION", index_tables.VERSION + 1)
    assert f"index.db.version-{index_tables.VERSION - 1}-" in str(index.add(runs_of(out)[0]))
    assert len(rows(out, "runs")) == 3


@pytest.mark.parametrize("rebuild", [False, True])
def test_a_newer_version_is_set_aside_like_any_other(out: Path, *, rebuild: bool) -> None:
    index.update(out)
    with contextlib.closing(sqlite3.connect(out / "index.db")) as connection, connection:
        connection.execute("UPDATE schema SET version = 99")
    assert "index.db.version-99-" in str(index.update(out, rebuild=rebuild).set_aside)
    assert rows(out, "schema") == [{"version": index_tables.VERSION, "complete": 1}]


def test_somebody_elses_database_is_not_thrown_away(out: Path) -> None:
    sqlite_utils.Database(out / "index.db").table("mine").insert({"a": 1})
    aside = index.update(out).set_aside
    assert "index.db.foreign-" in str(aside)
    assert list(sqlite_utils.Database(aside).table("mine").rows) == [{"a": 1}]


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(IndexUnavailable, match="no folder"):
        index.update(tmp_path / "nowhere")
    with pytest.raises(IndexUnavailable):
        index.update(tmp_path / "nowhere", rebuild=True)
    with pytest.raises(IndexUnavailable):
        index.search(tmp_path, "x")


def test_a_folder_that_cannot_be_written_can_still_be_searched(out: Path) -> None:
    """A read-only mount, in a mount namespace of its own: permissions do not hold root back."""
    index.update(out)
    unshare = [shutil.which("unshare") or "unshare", "--mount"]
    namespace = unshare if os.geteuid() == 0 else [*unshare, "--map-root-user"]
    script = (
        "import sys; from pathlib import Path; from crawler.store import index\n"
        "from crawler.errors import IndexUnavailable\n"
        "out = Path(sys.argv[1])\n"
        "for rebuild in (False, True):\n"
        "    try: index.update(out, rebuild=rebuild)\n"
        "    except IndexUnavailable as error: print('told', error)\n"
        "print('hits', len(index.search(out, 'tiktok')))\n"
    )
    inside = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && exec "$2" -c "$3" "$1"'
    command = [*namespace, "sh", "-c", inside, "sh", str(out), sys.executable, script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.count("told") == 2
    assert "Read-only file system" in done.stdout
    assert int(done.stdout.split("hits ")[1]) == len(index.search(out, "tiktok")) > 0


# --- search --------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def searched(stored: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = Path(shutil.copytree(stored, tmp_path_factory.mktemp("searched") / "snapshots"))
    index.update(out)
    return out


def test_findings_come_before_pages(searched: Path) -> None:
    hits = index.search(searched, "tiktok")
    kinds = [hit.what for hit in hits]
    assert kinds == sorted(kinds)
    assert set(kinds) == {"finding", "page"}
    assert {(hit.rule, hit.outcome, hit.stage) for hit in hits if hit.what == "finding"} >= {
        ("foreign-brand-text", "fail", "storefront")
    }


@pytest.mark.parametrize(
    ("words", "pages"),
    [
        ("NOMOR1", 1),
        ("barang nomor2", 1),
        ("nomor1 nomor2", 0),
        ("datang", 3),
        ('"selamat datang"', 3),
        ('"datang selamat"', 0),
        ("nomor*", 0),
        ("", 0),
        ("   ", 0),
    ],
)
def test_what_words_find(searched: Path, words: str, pages: int) -> None:
    assert len([hit for hit in index.search(searched, words) if hit.what == "page"]) == pages


@pytest.mark.parametrize(
    "words",
    [
        '"', '""', '"""', "'", "NOT", "a AND", "OR", "NEAR(a b, 2)", "shown : x", "-shown:x", "^a", "a*", "*",
        "(", "a + b", "{shown} : x", '"a\nb"', '"a\x00b"', "\x00", "\ud800", "%s",
        "; DROP TABLE runs", "a\u2028b",
    ],
)  # fmt: skip
def test_operators_and_quotes_are_words(searched: Path, words: str) -> None:
    assert isinstance(index.search(searched, words), tuple)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text() | st.text(alphabet="\"'*()^:-+{} \n\x00ANDORT"))
def test_no_words_are_an_error(searched: Path, words: str) -> None:
    index.search(searched, words)


def test_hidden_text_and_refusals_can_be_found(tmp_path: Path) -> None:
    from tests.bundles import text_node

    refusal = Refusal(time=MOMENT, visit=1, what="click", page_url="https://a.test/", word="Bayar")
    hidden = text_node("rahasia tersembunyi", visible=False)
    spans = [text_node("Tik", block=5), text_node("Tok", block=5)]
    make_bundle(tmp_path, [a_visit("cart", text=[hidden, *spans], bare=True)], refusals=[refusal])
    out = tmp_path / "snapshots"
    index.update(out)
    assert len(index.search(out, "tersembunyi")) == 1
    assert len(index.search(out, "tiktok")) == 1
    assert rows(out, "pages")[0]["shown"] == "TikTok"


# --- its page ------------------------------------------------------------------------------------------

PAGE = (Path(__file__).parents[3] / "docs" / "index-db.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("question", re.findall(r'index\.db "([^"]+)"', PAGE))
def test_the_questions_of_the_page_can_be_asked(searched: Path, question: str) -> None:
    with contextlib.closing(opened(searched)) as database:
        answer = list(database.query(question))
    assert answer or "<> 'sealed'" in question or "shop-tokopedia-web" in question


def test_the_page_names_every_table() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == {*index_tables.TABLES, "schema"}


def test_a_dump_would_see_a_difference(out: Path) -> None:
    index.update(out)
    before = dump(out)
    with contextlib.closing(sqlite3.connect(out / "index.db")) as connection, connection:
        connection.execute("UPDATE findings SET observed = observed || '.' WHERE id = 1")
    assert dump(out) != before


def test_a_seal_that_was_there_and_is_gone_is_damage(out: Path) -> None:
    index.update(out)
    (root, *_) = runs_of(out)
    (root / "tagmanifest-sha256.txt").unlink()
    for rebuild in (False, False, True, True):  # and it stays damage, however often it is looked at
        done = index.update(out, rebuild=rebuild)
        assert (done.damaged, done.unsealed) == ((f"test-shop/{root.name}",), ())
        assert "seal is gone" in done.problems[f"test-shop/{root.name}"]
