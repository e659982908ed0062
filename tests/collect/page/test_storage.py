"""Cookies and storage: names as they are, values as hashes that show equality."""

import json

import pytest

from crawler.collect.page.storage import Storage
from tests.site import page

pytestmark = pytest.mark.browser

VALUE = "perangkat-8812-aa"


def test_all_areas_of_all_frames(lab, site):
    write = (
        f"localStorage.setItem('l','{VALUE}');sessionStorage.setItem('s','pendek');"
        "indexedDB.open('basis').onsuccess=()=>document.title='done'"
    )
    site.routes["/b"] = page("B", f"<script>localStorage.setItem('di-bingkai','{VALUE}')</script>")
    frame = f"<iframe src='{site.url('/b', 'bayar.a.test')}'></iframe>"
    site.routes["/"] = page("T", f"{frame}<script>{write}</script>")
    site.routes["/"].headers["Set-Cookie"] = f"device={VALUE}; HttpOnly; Path=/"
    lab.open(site.url(host="a.test"))
    lab.until(lambda: lab.page.title() == "done")
    lab.collect(Storage())
    items = {(item["area"], item["name"]): item for item in json.loads(lab.read("storage.json"))}
    assert set(items) == {
        ("cookie", "device"),
        ("localStorage", "l"),
        ("sessionStorage", "s"),
        ("indexedDB", "basis"),
        ("localStorage", "di-bingkai"),
    }
    cookie = items["cookie", "device"]
    assert (cookie["origin"], cookie["attributes"]["httpOnly"]) == ("a.test", True)
    assert items["localStorage", "l"]["origin"] == site.url("", "a.test")
    assert items["localStorage", "di-bingkai"]["origin"] == site.url("", "bayar.a.test")
    hashes = {items[key]["value_hash"] for key in [("cookie", "device"), ("localStorage", "l")]}
    assert hashes == {lab.redactor.value(VALUE)}
    assert VALUE.encode() not in lab.read("storage.json")


def test_a_page_without_storage(lab, site):
    lab.collect(Storage())
    assert json.loads(lab.read("storage.json")) == []
