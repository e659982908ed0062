"""What a page's source says and nobody sees: data, addresses, names of code, templates; and its bounds."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.derive.documents import markup
from crawler.derive.documents.markup import declared_texts, named_part, plain_text, read_source, words_of_name
from tests.bundles import a_visit, make_bundle

URL = "https://www.tokopedia.com/a/b"
MOST_CPU_S = 20  # half a second to two on an idle machine; a parser that looks back takes minutes
LETTERS = st.text(alphabet="abcXYZ019 -_/.<>\"'&;!é\u200b", max_size=80)


def said(source, channel, url=URL):
    return [each.text for each in read_source(source, url).said if each.channel == channel]


class TestLinkedData:
    def test_words_and_addresses_come_apart(self):
        data = {"@context": "https://schema.org", "@type": "Product", "name": "Kopi",
                "brand": {"name": "Toko"}, "image": ["https://img.test/a.png"], "n": 1}  # fmt: skip
        source = f'<script type="application/ld+json">{json.dumps(data)}</script>'
        found = read_source(source, URL).said
        assert [(each.element, each.text) for each in found if each.channel == "json-ld"] == [
            ("json-ld.name", "Kopi"),
            ("json-ld.brand.name", "Toko"),
        ]
        assert said(source, "address") == ["https://img.test/a.png"]

    def test_what_is_no_json_is_kept_as_it_stands(self):
        assert said('<script type="application/ld+json">{"name": TikTok</script>', "json-ld") == [
            '{"name": TikTok'
        ]

    def test_an_answer_that_is_no_manifest_declares_nothing(self):
        assert declared_texts(b"<!doctype html><title>TikTok Shop</title>", URL, "manifest") == ()

    def test_deep_and_wide_data_is_bounded(self):
        deep = b"[" * 100_000 + b"]" * 100_000
        assert [each.channel for each in declared_texts(deep, URL, "json-ld")] == ["json-ld"]
        wide = json.dumps(["x"] * 100_000).encode()
        assert len(declared_texts(wide, URL, "json-ld")) == markup.MAX_VALUES

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=9),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
            ),
            max_leaves=12,
        )
    )
    def test_every_string_of_any_json_is_told(self, value):
        def strings(of):
            if isinstance(of, str):
                yield of
            elif isinstance(of, list):
                for each in of:
                    yield from strings(each)
            elif isinstance(of, dict):
                for key, each in of.items():
                    if key not in ("@context", "@type"):
                        yield from strings(each)

        told = declared_texts(json.dumps(value).encode(), URL, "json-ld")
        assert len(told) == len(list(strings(value)))


class TestNamesOfCode:
    @pytest.mark.parametrize(
        ("name", "apart"),
        [
            ("/img/tiktokLogo-2x.png", "img tiktok Logo 2 x png"),
            ("TikTokShop_v2", "Tik Tok Shop v 2"),
            ("batik-toko", "batik toko"),
            ("", ""),
        ],
    )
    def test_a_name_comes_apart_at_signs_digits_and_capitals(self, name, apart):
        assert words_of_name(name) == apart

    @given(st.text(max_size=60))
    def test_no_letter_is_lost(self, name):
        kept = [char for char in name if char.isalnum()]
        assert [char for char in words_of_name(name) if not char.isspace()] == kept

    def test_of_an_address_only_what_its_maker_named(self):
        assert named_part("https://tiktok.test/%54oko/a.png?x=tiktok#ikon") == "/Toko/a.png#ikon"
        assert named_part("https://[bad") == ""

    def test_parts_of_a_page_and_no_places_to_go(self):
        source = (
            '<base href="https://cdn.test/x/"><link rel="stylesheet" href="gaya.css">'
            '<script src="/s.js"></script>'
            '<img src="i.png" srcset="j.png 1x, k.png 2x"><a href="/tiktok">ke</a>'
            '<form action="/cari"></form>'
            '<svg><use xlink:href="#ikon"></use></svg><img src="data:image/png;base64,AAAA">'
        )
        assert said(source, "address") == [
            "https://cdn.test/x/gaya.css", "https://cdn.test/s.js", "https://cdn.test/x/i.png",
            "https://cdn.test/x/j.png", "https://cdn.test/x/k.png", "https://cdn.test/cari",
            "https://cdn.test/x/#ikon",
        ]  # fmt: skip

    def test_a_name_says_which_link_it_stands_in(self):
        source = (
            '<a href="https://www.tiktok.com/@toko"><img src="/t.svg" class="ikon"></a><i class="ikon"></i>'
        )
        links = {(each.channel, each.text): each.href for each in read_source(source, URL).said}
        assert links["address", "https://www.tokopedia.com/t.svg"] == "https://www.tiktok.com/@toko"
        assert [each.href for each in read_source(source, URL).said if each.channel == "class"] == [
            "https://www.tiktok.com/@toko",
            "",
        ]

    def test_icons_and_the_manifest(self):
        found = read_source('<link rel="shortcut icon" href=/f.ico><link rel="icon mask" href=/g.svg>'
                     '<link rel=manifest href=/m.json><link rel=iconic href=/no>', URL)  # fmt: skip
        assert [icon.address for icon in found.icons] == [
            "https://www.tokopedia.com/f.ico",
            "https://www.tokopedia.com/g.svg",
        ]
        assert found.manifest == "https://www.tokopedia.com/m.json"


class TestTemplates:
    def test_words_of_templates_are_whole_and_programs_are_none(self):
        source = (
            "<script>var tiktok = 'a'</script><template><p>Halo <b>Tik</b>Tok</p><p>lain</p>"
            "<style>.x{}</style><script>b()</script><img alt='gambar'></template><p>di luar</p>"
        )
        assert said(source, "template") == ["gambar", "Halo TikTok lain"]

    def test_a_shadow_root_is_page_text(self):
        assert said("<div><template shadowrootmode=open><p>isi</p></template></div>", "template") == []

    @pytest.mark.parametrize("kind", ["text/template", "text/x-handlebars-template", "text/html"])
    def test_a_template_in_a_script(self, kind):
        assert said(f'<script type="{kind}"><p>Faktur {{{{n}}}}</p></script>', "template") == ["Faktur {{n}}"]

    def test_a_template_that_never_ends(self):
        assert said("<template><p>awal", "template") == ["awal"]

    def test_plain_text_of_a_mail(self):
        source = "<style>x</style><p>Pesanan <b>Tik</b>Tok</p><img alt=logo><script>y</script>"
        assert plain_text(source).split() == ["logo", "Pesanan", "TikTok"]


class TestHostileSources:
    @given(LETTERS)
    def test_any_source_is_read_to_an_end(self, source):
        found = read_source(f"<p class='a'>{source}<template>{source}", URL)
        assert "a" in [each.text for each in found.said] or not found.whole or found.said == ()
        plain_text(source)

    @pytest.mark.parametrize(
        "source",
        [
            "<a " * 400_000,
            "<!--" * 400_000,
            '<a b="' * 300_000,
            "<script>" + "</" * 700_000,
            "<" * 2_000_000,
            "<template>" * 100_000,
            "<div>" * 200_000,
            "<a" + " x=1" * 500_000 + ">",
        ],
        ids=["tags", "comments", "quotes", "script", "signs", "templates", "depth", "attributes"],
    )
    def test_what_never_ends_is_read_in_bounded_time(self, source):
        began = time.process_time()
        assert read_source("<p class=awal></p>" + source, URL).said[0].text == "awal"
        assert time.process_time() - began < MOST_CPU_S

    def test_words_are_parted_by_lines_and_by_no_emphasis(self):
        assert said("<template>Tik<wbr>Tok<br>Shop <b>a</b>b</template>", "template") == ["TikTok Shop ab"]

    def test_too_much_is_said_to_be(self, monkeypatch):
        monkeypatch.setattr(markup, "MAX_TEXTS", 3)
        found = read_source('<p class="a b c d">', URL)
        assert (len(found.said), found.whole) == (3, False)
        monkeypatch.setattr(markup, "MAX_SOURCE_CHARS", 8)
        assert not read_source('<p class="a">', URL).whole


def test_a_kept_document_is_read_by_its_hash(tmp_path):
    bundle = make_bundle(tmp_path, visits=[a_visit("cart", html='<p class="satu">')])
    path = "data/stages/01-cart/page.html"
    first = markup.markup(bundle, path, URL)
    assert [each.text for each in first.said] == ["satu"]
    assert markup.markup(bundle, path, URL) == first
