from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import pytest

from crawler.collect.network import body_limits
from crawler.collect.network.body_limits import can_exceed
from tests.site import Reply, serve

if TYPE_CHECKING:
    from typing import Any

MB = 2**20
LIMIT = 16 * MB


def blanks(megabytes: int) -> bytes:
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(pack.compress(b" " * MB) for _ in range(megabytes)) + pack.flush()


def script(body: bytes) -> Reply:
    return Reply(body, content_type="text/javascript", headers={"Content-Encoding": "gzip"})


def page(body: str) -> Reply:
    return Reply(f"<!doctype html><title>Toko</title><p>Mall</p>{body}")


@pytest.mark.parametrize(
    ("headers", "wire_bytes", "can"),
    [
        ({}, None, True),
        ({}, LIMIT, False),
        ({"content-encoding": "identity"}, LIMIT, False),
        ({"content-encoding": "gzip"}, LIMIT // 1032, False),
        ({"content-encoding": "GZIP"}, LIMIT // 1032 + 1, True),
        ({"content-encoding": "gzip, gzip"}, LIMIT // 1032, True),
        ({"content-encoding": "br"}, 100, True),
        ({"content-encoding": "zstd"}, 100, True),
    ],
)
def test_an_answer_can_exceed_a_limit_by_what_it_declares(headers, wire_bytes, can):
    assert can_exceed(LIMIT, headers, wire_bytes) is can


@pytest.mark.browser
@pytest.mark.parametrize(
    "element", ["<script src=/b.js></script>", "<script type=module src=/b.js></script>"]
)
def test_a_script_that_unfolds_beyond_the_limit_is_not_taken(lab: Any, site: Any, element: str) -> None:
    site.routes["/b.js"] = script(blanks(60))
    site.routes["/"] = page(element)
    lab.open(site.url())
    body = lab.response("/b.js")["body"]
    assert (body["state"], body["bytes"], body["why"]) == ("not kept", 60 * MB, "too large to be redacted")


@pytest.mark.browser
def test_in_a_frame_of_another_process_too(lab: Any, site: Any) -> None:
    with serve({"/f": page("<script src=/b.js></script>"), "/b.js": script(blanks(60))}) as other:
        site.routes["/"] = page(f"<iframe src={other.url('/f')}></iframe>")
        lab.open(site.url().replace("127.0.0.1", "toko.test"))
        body = lab.response("/b.js")["body"]
    assert (body["state"], body["bytes"]) == ("not kept", 60 * MB)


@pytest.mark.browser
def test_packed_scripts_that_fit_are_taken(lab: Any, site: Any) -> None:
    text = b"/*" + bytes(range(32, 127)) * 400 + b"*/"
    site.routes["/a.js"] = script(gzip.compress(text))
    site.routes["/large.js"] = script(gzip.compress(b"/*" + b"ab" * 1_500_000 + b"*/", 1))
    site.routes["/"] = page("<script src=/a.js></script><script src=/large.js></script>")
    lab.open(site.url())
    assert lab.response("/a.js")["body"]["bytes"] == len(text)
    assert lab.response("/large.js")["body"]["bytes"] == 3_000_004


@pytest.mark.browser
def test_who_makes_us_ask_too_often_has_scripts_that_were_not_taken(lab: Any, site: Any, monkeypatch) -> None:
    monkeypatch.setattr(body_limits, "MAX_QUESTIONS", 0)
    site.routes["/b.js"] = script(blanks(1) * 20)
    site.routes["/"] = page("<script src=/b.js></script>")
    lab.open(site.url())
    body = lab.response("/b.js")["body"]
    assert (body["state"], body["why"]) == ("gone", body_limits.NOT_ASKED)
