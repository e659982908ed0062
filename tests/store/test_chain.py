"""Each line of the chain carries the hash of the one before it."""

import hashlib
import json

from crawler.store.chain import Chain
from crawler.store.verify import FIRST


def lines(root):
    return [json.loads(line) for line in (root / "data/chain.jsonl").read_text().splitlines()]


def test_lines_hang_on_each_other_and_go_on_where_they_ended(tmp_path):
    first = Chain(tmp_path)
    first.append("data/a", "0" * 64, 1, kind="x")
    first.close()
    again = Chain(tmp_path)
    again.append("data/b", "1" * 64, 2)
    again.close()
    raw = (tmp_path / "data/chain.jsonl").read_bytes().splitlines()
    told = lines(tmp_path)
    assert [each["seq"] for each in told] == [1, 2]
    assert told[0]["prev"] == FIRST
    assert told[1]["prev"] == hashlib.sha256(raw[0]).hexdigest()
    assert again.head == hashlib.sha256(raw[1]).hexdigest()


def test_a_line_that_a_kill_cut_off_is_dropped_and_counted(tmp_path):
    chain = Chain(tmp_path)
    chain.append("data/a", "0" * 64, 1)
    chain.close()
    with (tmp_path / "data/chain.jsonl").open("ab") as file:
        file.write(b'{"seq": 2')
    again = Chain(tmp_path)
    assert (again.dropped, again.seq) == (1, 1)
    again.close()
    assert len(lines(tmp_path)) == 1


def test_the_prefix_of_a_stream_is_no_whole_file(tmp_path):
    chain = Chain(tmp_path)
    chain.append("data/requests.jsonl", "0" * 64, 1, kind="stream")
    chain.append("data/a", "0" * 64, 1)
    assert chain.committed() == {"data/a"}
    chain.close()
