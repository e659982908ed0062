"""HTML of all frames, without what was typed or is secret."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.collect.page.html import Html, scrub
from crawler.lib.redact import Redactor
from tests.collect.conftest import TYPED
from tests.site import page


@pytest.mark.browser
def test_frames_and_shadow_roots(lab, site):
    site.routes["/b"] = page("B", "<p>di bingkai</p>")
    site.routes["/"] = page(
        "T",
        f"<iframe src='{site.url('/b', 'b.test')}'></iframe>"
        "<iframe srcdoc='<p>dalam'></iframe><div id=d></div>"
        "<script>d.attachShadow({mode:'closed'}).innerHTML='<i>tertutup</i>'</script>",
    )
    lab.open(site.url())
    taken = lab.collect(Html())
    assert [artifact.path.rsplit("/")[-1] for artifact in taken] == [
        "page.html",
        "frame-01.html",
        "frame-02.html",
    ]
    assert b"<i>tertutup</i>" in lab.read("page.html")
    assert b"dalam" in lab.read("frame-01.html")
    assert b"di bingkai" in lab.read("frame-02.html")


@pytest.mark.browser
def test_values_of_fields_are_hashed(lab, site):
    script = "i.oninput=()=>i.setAttribute('value',i.value)"
    site.routes["/"] = page("T", f"<input id=i><input type=hidden value=csrf1><script>{script}</script>")
    lab.open(site.url())
    lab.page.fill("#i", "4111 1111 1111 1111")
    lab.collect(Html())
    source = lab.read("page.html").decode()
    assert "4111" not in source
    assert "csrf1" not in source
    assert 'value="h:' in source


def test_what_a_button_says_stays():
    source = '<input type="submit" value="Bayar"><input type="text" value="x"><textarea name="a">y</textarea>'
    scrubbed = scrub(source, Redactor(bytes(16)))
    assert 'value="Bayar"' in scrubbed
    assert 'value="x"' not in scrubbed
    assert ">y<" not in scrubbed


@given(
    st.text(st.characters(codec="utf-8", exclude_characters='"&<>\r\n'), min_size=1).map(
        lambda text: text + "§"
    )
)
def test_any_value_goes(value):
    for source in (f'<input a="b" value="{value}" disabled>', f'<input value="{value}">'):
        assert value not in scrub(source, Redactor(bytes(16)))


def test_typed_secrets_are_hashed_anywhere():
    assert TYPED not in scrub(f"<script>x='{TYPED}'</script>", Redactor(bytes(16), typed=(TYPED,)))
