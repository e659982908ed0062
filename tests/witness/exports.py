"""What each export of a bundle says was contacted."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from typing import TYPE_CHECKING

from warcio.archiveiterator import ArchiveIterator

from crawler.report.har import write_har
from crawler.report.html import write_html
from crawler.report.json import write_json
from crawler.report.request_table import write_requests
from crawler.report.tables import write_csv
from crawler.report.wacz import write_wacz
from tests.report.samples import sample_judgement

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.store.bundle import Bundle


def contacted(bundle: Bundle) -> dict[str, set[str]]:
    """Return the hosts that each export says were contacted; of drawings and pages, those that they name."""
    judgement = sample_judgement(bundle.run.run_id, rules=(), obligations=(), leftovers=None)
    tables = {path.name.split("-")[0]: _rows(path) for path in write_csv(bundle, judgement)}
    report = json.loads(write_json(bundle, judgement).read_text(encoding="utf-8"))
    stages = [host for visit in report["visits"] for host in visit["hosts"]] + report["ledger"]["outside"]
    har = json.loads(write_har(bundle).read_text(encoding="utf-8"))["log"]
    left = ("answered", "sent", "connected")
    return {
        "CSV hosts": {row["host"] for row in tables["hosts"] if row["contacted"] == "yes"},
        "CSV requests": {row["host"] for row in tables["requests"] if row["contacted"] == "yes"},
        "JSON stages": {host["host"] for host in stages if host["contacted"]},
        "HAR": {_host(each["request"]["url"]) for each in har["entries"] if each["_state"] in left}
        | {each["host"] for each in har["_connections"]},
        "WACZ": _archived(write_wacz(bundle)),
        "HTML": _words(write_html(bundle, judgement)),
        "HTML requests": _words(write_requests(bundle, judgement)),
    }


def _rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].partition(":")[0]


def _archived(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as packed, packed.open("archive/data.warc.gz") as file:
        records = [r.content_stream().read() for r in ArchiveIterator(file) if r.rec_type == "resource"]
    return {each["host"] for each in json.loads(records[0])["contacted"]}


def _words(path: Path) -> set[str]:
    """Return the words of a page: it names also what was refused, so they only have to hold every host."""
    text = path.read_text(encoding="utf-8")
    return set("".join(sign if sign.isalnum() or sign in ".-" else " " for sign in text).split())
