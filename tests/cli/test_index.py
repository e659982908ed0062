"""`pantau index` says what it found; a run whose index fails is as good as any other."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result
from pydantic import TypeAdapter

from crawler.cli import pantau
from crawler.cli.remember import add_to_index
from crawler.lib.i18n import translate
from crawler.model.indexed import Hit, Indexed
from crawler.store import index
from tests.browse.conftest import scenario_text
from tests.bundles import a_request, a_visit, make_bundle
from tests.site import page, serve

ONE = """
with journey.stage(Stage.STOREFRONT):
    page.goto(journey.start_url)
"""


def call(*arguments: str | Path, **environment: str) -> Result:
    """Call the command line as `main` does, in English unless told otherwise."""
    return CliRunner().invoke(
        pantau,
        [str(argument) for argument in arguments],
        env={"LC_ALL": "C.UTF-8", **environment},
        standalone_mode=False,
    )


@pytest.fixture
def out(tmp_path: Path) -> Path:
    make_bundle(
        tmp_path,
        [a_visit("storefront", text=["TikTok Shop", "\x1b[31m merah\u202e"])],
        [a_request("https://www.tokopedia.com/")],
    )
    return tmp_path / "snapshots"


def bundle_of(out: Path) -> Path:
    (root,) = (out / "test-shop").glob("2*")
    return root


def bundles_in(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT bundle FROM runs")]


def test_it_counts_and_goes_on_where_it_was(out: Path) -> None:
    first, second = call("index", "--out", out), call("index", "--out", out)
    assert (first.return_value, second.return_value) == (0, 0)
    assert first.stdout == f"{out}/index.db: 1 run (1 read, 0 unchanged, 0 gone)\n"
    assert second.stdout == f"{out}/index.db: 1 run (0 read, 1 unchanged, 0 gone)\n"
    assert first.stderr == second.stderr == ""
    assert "(1 read" in call("index", "--out", out, "--rebuild").stdout


def test_json_follows_its_schema(out: Path) -> None:
    said = json.loads(call("index", "--out", out, "--json").stdout)
    jsonschema.validate(said, TypeAdapter(Indexed).json_schema(mode="serialization"))
    assert (said["runs"], said["read"], said["damaged"]) == (1, 1, [])
    hits = json.loads(call("index", "--out", out, "--search", "tiktok", "--json").stdout)
    jsonschema.validate(hits, TypeAdapter(list[Hit]).json_schema(mode="serialization"))
    assert hits[0]["excerpt"].startswith("[TikTok]")


def test_damaged_and_unsealed_bundles_are_named(out: Path) -> None:
    root = bundle_of(out)
    shutil.copytree(root, unsealed := root.with_name("20990101T000000Z-00000000"))
    (unsealed / "tagmanifest-sha256.txt").unlink()
    (root / "data/scenario.py").write_text("# another\n")
    done = call("index", "--out", out)
    assert done.return_value == 6
    assert f"test-shop/{root.name}: DAMAGED: data/scenario.py: changed" in done.stderr
    assert f"test-shop/{unsealed.name}: not sealed" in done.stderr


def test_a_damaged_file_is_told(out: Path) -> None:
    (out / "index.db").write_bytes(os.urandom(5_000))
    done = call("index", "--out", out)
    assert done.return_value == 0
    assert f"{out}/index.db.damaged-" in done.stderr
    assert bundles_in(out / "index.db") == [f"test-shop/{bundle_of(out).name}"]


def test_search_prints_findings_then_pages(out: Path) -> None:
    call("check", bundle_of(out))
    done = call("index", "--out", out, "--search", "tiktok shop")
    lines = done.stdout.splitlines()
    assert "foreign-brand-text" in lines[0]
    assert "https://www.tokopedia.com/" in lines[-2]
    assert "[TikTok] [Shop]" in lines[-1]
    nothing = call("index", "--out", out, "--search", 'tidak-ada "')
    assert (nothing.return_value, nothing.stdout, nothing.stderr) == (0, "", "Nothing found.\n")


def test_page_text_can_do_nothing_to_a_terminal(out: Path) -> None:
    said = call("index", "--out", out, "--search", "merah").stdout
    assert "merah" in said
    assert "\x1b" not in said
    assert "\u202e" not in said


def test_it_speaks_indonesian(out: Path) -> None:
    assert "1 proses (1 dibaca" in call("index", "--out", out, LC_ALL="id_ID.UTF-8").stdout


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    done = call("index", "--out", tmp_path / "nowhere")
    assert "There is no folder" in str(done.exception)


@pytest.mark.parametrize("command", ["check", "report"])
def test_a_new_judgement_enters_an_index_that_is_there(out: Path, command: str) -> None:
    call(command, bundle_of(out))
    assert not (out / "index.db").exists()
    index.update(out)
    call(command, bundle_of(out), "--as-of", "2026-07-01")
    with closing(sqlite3.connect(out / "index.db")) as connection:
        packs = connection.execute("SELECT policy FROM judgements ORDER BY policy").fetchall()
    assert packs == [("permendag-19-2026",), ("permendag-31-2023",)]
    assert index.update(out).read == 0


def test_a_judgement_is_not_lost_with_the_index(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index.update(out)
    well = call("check", bundle_of(out), "--json")
    (out / ".index.lock").unlink()
    (out / ".index.lock").mkdir()
    ill = call("check", bundle_of(out), "--json")
    assert (ill.return_value, ill.stdout) == (well.return_value, well.stdout)
    assert well.stderr == ""
    assert ill.stderr.startswith("Warning: the run is not in the index. The index ")


def test_a_warning_speaks_the_readers_language(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (out / ".index.lock").mkdir()
    add_to_index(bundle_of(out), translate("id"))
    assert "Peringatan: proses ini belum masuk indeks" in capsys.readouterr().err


@pytest.mark.browser
@pytest.mark.parametrize("spoiled", ["not at all", "by random bytes", "beyond repair"])
def test_a_run_enters_the_index_whatever_became_of_it(tmp_path: Path, spoiled: str) -> None:
    out, script = tmp_path / "out", tmp_path / "s.py"
    out.mkdir()
    if spoiled == "by random bytes":
        (out / "index.db").write_bytes(os.urandom(5_000))
    elif spoiled == "beyond repair":
        (out / "index.db").mkdir()
    with serve({"/": page("Toko", "<h1>Toko</h1>")}) as site:
        script.write_text(scenario_text(site.url("/"), ONE, "Stage.STOREFRONT"))
        done = call("run", script, "--out", out, "--dwell", "0.1", "--json")
    assert done.return_value == 3, done.output
    line: dict[str, Any] = json.loads(done.stdout)
    if spoiled == "beyond repair":
        assert "Warning: the run is not in the index" in done.stderr
        return
    assert ("index.db.damaged-" in done.stderr) == (spoiled == "by random bytes")
    assert "Warning" not in done.stderr
    assert bundles_in(out / "index.db") == [f"a-test/{line['run_id']}"]
