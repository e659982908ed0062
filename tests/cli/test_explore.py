"""`pantau explore`: the index in Datasette, read only; without Datasette or an index it says what to do."""

from __future__ import annotations

import importlib.util
import json
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request

import pytest
from click.testing import CliRunner

from crawler.cli import explore
from crawler.errors import ConfigError
from crawler.store import index
from crawler.store.index.explore import metadata
from tests.bundles import a_visit, make_bundle


def run(*arguments):
    return CliRunner().invoke(explore.command, list(map(str, arguments)), catch_exceptions=True)


def test_without_datasette_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    told = run("--out", tmp_path).exception
    assert isinstance(told, ConfigError)
    assert "pantau[explore]" in told.hint


def test_it_serves_the_index_to_be_read(tmp_path):
    make_bundle(tmp_path, [a_visit("info", text=["Kopi"])])
    out = tmp_path / "snapshots"
    index.update(out)
    told = tmp_path / "metadata.json"
    told.write_text(json.dumps(metadata("en")))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place = f"http://127.0.0.1:{port}/index"
    with subprocess.Popen(
        explore.arguments(out / index.FILE, told, port), stderr=subprocess.DEVNULL
    ) as served:
        try:
            rows = json.loads(_asked(f"{place}/newest-runs.json?_shape=array", served))
            assert [row["state"] for row in rows] == ["sealed"]
            query = urllib.request.quote("DELETE FROM runs")
            with pytest.raises(urllib.error.HTTPError):
                _asked(f"{place}.json?sql={query}", served)
            with pytest.raises(urllib.error.HTTPError):
                _asked(f"http://127.0.0.1:{port}/index.db", served)
        finally:
            served.terminate()
    with sqlite3.connect(out / index.FILE) as database:
        assert database.execute("SELECT count(*) FROM runs").fetchone() == (1,)


def _asked(address, served):
    """Return an answer, once the server listens."""
    while True:
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:
                return answer.read()
        except urllib.error.HTTPError:
            raise
        except urllib.error.URLError:
            assert served.poll() is None, "Datasette ended"
            time.sleep(0.1)
