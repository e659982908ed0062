"""`pantau verify`: bundles, and what bundles share."""

from __future__ import annotations

import json

import pytest

from crawler.cli import main
from crawler.store.pool import share_files
from tests.bundles import a_request, a_visit, make_bundle

RUNS = ("20240312T020000Z-0000000a", "20240313T020000Z-0000000b")


@pytest.fixture
def out(tmp_path):
    body = [a_request("https://www.tokopedia.com/a.js", response_body=b"let a = 1;\n" * 4_000)]
    roots = [make_bundle(tmp_path, [a_visit("storefront")], body, run_id=run_id).root for run_id in RUNS]
    share_files(tmp_path / "snapshots", roots)
    return tmp_path / "snapshots"


def pantau(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return ended.value.code, capsys.readouterr()


def test_what_is_shared_is_whole(out, capsys):
    code, said = pantau(capsys, "verify", "--shared", out)
    assert code == 0
    assert "all shared files are whole" in said.out


def test_one_flipped_bit_names_every_bundle(out, capsys):
    path = max(out.glob("test-shop/*/data/blobs/*"), key=lambda each: each.stat().st_size)
    data = bytearray(path.read_bytes())
    data[7] ^= 4
    path.write_bytes(data)
    code, said = pantau(capsys, "verify", "--shared", out)
    assert code == 6
    assert [run_id in said.out for run_id in RUNS] == [True, True]
    code, said = pantau(capsys, "verify", "--shared", out, "--json")
    (row,) = json.loads(said.out)
    assert (code, row["ok"], len(row["damage"][0]["touches"])) == (6, False, 2)


def test_nothing_to_verify_is_a_mistake(capsys):
    code, said = pantau(capsys, "verify")
    assert code == 2
    assert "--shared" in said.err
