"""What the checking proxy refused stands in the report as Pantau's own doing, and nowhere as the shop's."""

from __future__ import annotations

import pytest

from crawler.model.evidence import ProxiedConnection, Trust
from crawler.report.html import write_html
from crawler.report.proxied import proxied_view
from tests.bundles import MOMENT, a_request, a_visit, make_bundle
from tests.report.samples import sample_judgement
from tests.report.test_html import words

EVIL = "in.evil.test<script>"


def connection(**facts):
    given = {"time": MOMENT, "host": "shop.test", "port": 443, "client_port": 40_000, "decision": "connected"}
    return ProxiedConnection.model_validate(given | facts)


def bundle_of(tmp_path, *records, **trust):
    text = "".join(record.model_dump_json() + "\n" for record in records)
    return make_bundle(
        tmp_path,
        visits=[a_visit("storefront", text=["Kopi"])],
        requests=[
            a_request("https://shop.test/", visit=1),
            a_request("http://127.0.0.1:8080/x", visit=1, status=None),
        ],
        files={"data/proxy.jsonl": text.encode()},
        trust=Trust(public_only=True, **trust),
    )


REFUSED = {"host": EVIL, "port": 80, "decision": "refused", "range": "loopback"}


def test_refusals_are_summed_up_by_host_and_address(tmp_path):
    address = {"ip": "127.0.0.1", "port": 80}
    failed = connection(decision="failed", error="TimeoutError")
    records = [connection(), failed, *[connection(**REFUSED, address=address)] * 3]
    view = proxied_view(bundle_of(tmp_path, *records))
    assert (view.connected, view.failed) == (1, 1)
    assert [(each.host, each.address, each.count) for each in view.refused] == [(EVIL, "127.0.0.1", 3)]


@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_report_tells_them_as_ours(tmp_path, lang):
    bundle = bundle_of(tmp_path, connection(), connection(**REFUSED), allowed_ranges=("10.1.2.0/24",))
    path = write_html(bundle, sample_judgement(), lang)
    said = words(path)
    assert "10.1.2.0/24" in said
    assert {"id": "keputusan Pantau, bukan kegagalan toko", "en": "no failing of the shop"}[lang] in said
    assert {"id": "alamat mesin ini sendiri", "en": "this machine itself"}[lang] in said
    assert EVIL not in path.read_text()


def test_a_run_without_a_proxy_says_nothing_of_one(tmp_path):
    bundle = make_bundle(tmp_path, visits=[a_visit("storefront")])
    assert proxied_view(bundle) is None
    assert "proxy.jsonl" not in write_html(bundle, sample_judgement(), "en").read_text()
