"""The drawing has every host or counts it, and what a page names its host stays text."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from crawler.lib.i18n import translate
from crawler.report.hostmap import MAX_HOSTS, host_map
from crawler.report.summary import summary_of
from tests.bundles import a_request, a_visit, make_bundle
from tests.report.samples import sample_bundle, sample_judgement

SVG = "{http://www.w3.org/2000/svg}"


def drawn(summary, lang="id"):
    """Return the drawing, read as strict XML."""
    return ET.fromstring(str(host_map(summary, translate(lang))))


def texts(root):
    return [node.text for node in root.iter(f"{SVG}text")]


def test_stages_hosts_and_operators_with_their_links(tmp_path):
    root = drawn(summary_of(sample_bundle(tmp_path), sample_judgement()))
    assert {"1. Etalase", "pay.tiktokv.com", "app.midtrans.com", "TikTok (kelompok ByteDance)"} <= set(
        texts(root)
    )
    links = {link.find(f"{SVG}text").text: link.get("href") for link in root.iter(f"{SVG}a")}
    assert links["5. Invoice"] == "#visit-5"
    assert links["pay.tiktokv.com"] == "#hosts-4"
    assert links["analytics.tiktok.com"] == "#hosts-1"


def test_a_host_with_a_finding_stands_out(tmp_path):
    root = drawn(summary_of(sample_bundle(tmp_path), sample_judgement()))
    fills = {
        link.find(f"{SVG}text").text: link.find(f"{SVG}rect").get("fill") for link in root.iter(f"{SVG}a")
    }
    assert fills["pay.tiktokv.com"] != fills["analytics.tiktok.com"] == "#ffffff"


def test_many_hosts_are_bounded_and_the_rest_is_counted(tmp_path):
    requests = [a_request(f"https://host{number}.example/", visit=1) for number in range(90)]
    bundle = make_bundle(tmp_path, visits=[a_visit("storefront")], requests=requests)
    said = texts(drawn(summary_of(bundle, sample_judgement(rules=()))))
    assert sum(text.endswith(".example") for text in said) == MAX_HOSTS
    assert f"{90 - MAX_HOSTS} host lain" in said
    assert "90 host, 90 permintaan" in said


def test_no_request_no_drawing(tmp_path):
    bundle = make_bundle(tmp_path, visits=[a_visit("storefront")], requests=[])
    assert host_map(summary_of(bundle, sample_judgement(rules=())), translate("en")) is None


@pytest.mark.parametrize("host", ['"><script>alert(1)</script>', "a&b<c", "x' onload='y", "a\u202eb\x00"])
def test_a_hostile_host_stays_text(tmp_path, host):
    summary = summary_of(sample_bundle(tmp_path), sample_judgement())
    first = summary.visits[0].hosts[0].model_copy(update={"host": host})
    visit = summary.visits[0].model_copy(update={"hosts": (first,)})
    root = drawn(summary.model_copy(update={"visits": (visit, *summary.visits[1:])}))
    assert {node.tag.removeprefix(SVG) for node in root.iter()} <= {
        "svg",
        "defs",
        "a",
        "rect",
        "text",
        "path",
        "title",
    }
    names = {name for node in root.iter() for name in node.attrib}
    assert not [name for name in names if name.startswith("on")]
    assert not re.search(r"[\u202e\x00]", "".join(texts(root)))
