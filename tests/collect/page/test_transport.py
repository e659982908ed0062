"""Who answered, over which connection."""

import json
import ssl

import pytest
import trustme

from crawler.collect.page.transport import Transport
from crawler.model.evidence import TransportRecord
from tests.site import page, serve

pytestmark = pytest.mark.browser


def test_an_untrusted_certificate_is_shown_only_where_it_was_accepted(start):
    authority = trustme.CA(organization_name="Otoritas Uji")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("a.test", common_name="a.test").configure_cert(tls)
    with serve({"/": page("T", "aman")}, tls) as site, start(site=site) as lab:
        session = lab.context.browser.new_browser_cdp_session()
        session.send("Security.setIgnoreCertificateErrors", {"ignore": True})
        lab.open(site.url(host="a.test"))
        lab.until(lambda: lab.recorder.in_flight() == 0)
        lab.collect(Transport())
        (record,) = [TransportRecord(**entry) for entry in json.loads(lab.read("transport.json"))]
        tls_facts = lab.response("a.test")["tls"]
    assert (record.host, record.address, record.port) == ("a.test", "127.0.0.1", site.port)
    assert record.subject == "a.test"
    assert record.protocol.startswith("TLS 1.")
    assert record.valid_to > record.valid_from
    assert tls_facts["subjectName"] == "a.test"


def test_one_record_for_many_answers(lab, site):
    site.routes["/"] = page("T", "<img src=/1><img src=/2>")
    lab.open(site.url(host="a.test"))
    lab.until(lambda: lab.recorder.in_flight() == 0)
    lab.collect(Transport())
    (record,) = json.loads(lab.read("transport.json"))
    assert (record["host"], record["protocol"]) == ("a.test", None)
