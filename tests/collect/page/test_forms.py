"""Where forms send to and what they ask for."""

import json

import pytest

from crawler.collect.page.forms import Forms
from tests.collect.conftest import TYPED
from tests.site import page

pytestmark = pytest.mark.browser


def forms(lab, site, body):
    site.routes["/"] = page("T", body)
    lab.open(site.url(host="a.test"))
    lab.collect(Forms())
    return json.loads(lab.read("forms.json"))


def test_fields_labels_and_buttons(lab, site):
    body = (
        "<form action='pay?token=abcdef12' method=POST target=_blank>"
        "<label for=k>Nomor kartu</label><input id=k name=card autocomplete=cc-number>"
        "<label>Bulan <select name=m><option>1</select></label><input type=hidden name=sesi value=9>"
        "<textarea name=t placeholder=Catatan></textarea>"
        "<button>Bayar <b>sekarang</b></button><input type=submit value=Kirim>"
        "<button formaction='https://b.test/lain' formmethod=get>Lain</button></form>"
    )
    first, other = forms(lab, site, body)
    assert first["action"].startswith(site.url("/pay?token=h:", "a.test"))
    assert (first["method"], first["target"]) == ("post", "_blank")
    fields = [(field["name"], field["type"], field["label"]) for field in first["fields"]]
    assert fields == [
        ("card", "text", "Nomor kartu"),
        ("m", "select", "Bulan"),
        ("sesi", "hidden", ""),
        ("t", "textarea", "Catatan"),
    ]
    assert first["fields"][0]["autocomplete"] == "cc-number"
    assert first["buttons"] == ["Bayar sekarang", "Kirim", "Lain"]
    assert (other["action"], other["method"], other["buttons"]) == ("https://b.test/lain", "get", ["Lain"])


def test_loose_fields_and_fields_that_name_their_form(lab, site):
    body = "<input name=bebas><form id=f></form><input name=milik form=f><div id=d></div>"
    body += "<script>d.attachShadow({mode:'closed'}).innerHTML='<input name=bayangan>'</script>"
    form, loose = forms(lab, site, body)
    assert [field["name"] for field in form["fields"]] == ["milik"]
    assert (form["action"], form["method"]) == (site.url(host="a.test"), "get")
    assert [field["name"] for field in loose["fields"]] == ["bebas", "bayangan"]
    assert loose["action"] == ""


def test_no_value_is_kept(lab, site):
    site.routes["/"] = page("T", "<form><input name=a value=awal-rahasia><input type=password name=b></form>")
    lab.open(site.url())
    lab.page.fill("[name=b]", TYPED)
    lab.collect(Forms())
    assert TYPED.encode() not in lab.read("forms.json")
    assert b"awal-rahasia" not in lab.read("forms.json")
