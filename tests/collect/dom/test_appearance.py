"""How text is drawn: what a document's styles tell, and the fonts that it loaded."""

from __future__ import annotations

import pytest

from crawler.collect.dom.appearance import Appearance

PLAIN = {
    "color": "rgb(0, 0, 0)",
    "font-size": "16px",
    "letter-spacing": "normal",
    "font-family": "Arial, sans-serif",
}


class ADocument:
    """Elements one inside the other, outermost first, each with some computed styles."""

    def __init__(self, *styles):
        self.styles = styles
        self.parents = list(range(-1, len(styles) - 1))

    def style(self, node, name):
        return {**PLAIN, **self.styles[node]}.get(name, "")

    def above(self, node):
        return iter(range(node - 1, -1, -1))


def traits(*styles, text="Kopi"):
    document = ADocument(*styles)
    return Appearance(document, frozenset()).facts(len(styles) - 1, text)["traits"]


@pytest.mark.parametrize(
    ("styles", "expected"),
    [
        ([{}], ()),
        ([{"unicode-bidi": "bidi-override"}, {}], ("bidi",)),
        ([{"unicode-bidi": "isolate-override"}], ("bidi",)),
        ([{"unicode-bidi": "isolate"}], ()),
        ([{"transform": "matrix(-1, 0, 0, 1, 0, 0)"}, {}], ("mirrored",)),
        ([{"transform": "matrix(-1, 0, 0, 1, 0, 0)"}, {"transform": "matrix(-1, 0, 0, 1, 0, 0)"}], ()),
        ([{"transform": "matrix(0, -1, 1, 0, 5, 5)"}], ()),
        ([{"scale": "-1 1"}], ("mirrored",)),
        ([{"letter-spacing": "-8px"}], ("tight",)),
        ([{"letter-spacing": "-0.5px"}], ()),
        ([{"color": "rgb(255, 255, 255)"}], ("faint",)),
        ([{"background-color": "rgb(0, 0, 0)"}, {"color": "rgb(255, 255, 255)"}], ()),
        ([{"background-color": "rgb(20, 20, 20)"}, {"color": "rgb(22, 22, 22)"}], ("faint",)),
        ([{"background-image": "url(x.png)"}, {"color": "rgb(255, 255, 255)"}], ()),
        ([{"background-image": "linear-gradient(red, blue)", "color": "rgba(0, 0, 0, 0)"}], ()),
        ([{"color": "rgba(0, 0, 0, 0)"}], ("faint",)),
        ([{"-webkit-text-fill-color": "rgb(254, 254, 254)"}], ("faint",)),
        ([{"color": "color(display-p3 1 0 0)"}], ()),
    ],
)
def test_traits(styles, expected):
    assert traits(*styles) == expected


@pytest.mark.parametrize("sign", ["\u202e", "\u202d", "\u2066", "\u2067"])
def test_signs_of_direction_in_the_text(sign):
    assert traits({}, text=f"Mall {sign}koTkiT") == ("bidi",)


@pytest.mark.parametrize(
    ("loaded", "family", "font"),
    [
        ([], "Arial, sans-serif", ""),
        (["arial"], '"Arial", sans-serif', "arial"),
        (["toko"], "Inter, Toko, sans-serif", "toko"),
        (["toko"], "Inter, sans-serif", ""),
        (None, "Inter, sans-serif", "inter"),
    ],
)
def test_the_font_that_a_page_brought(loaded, family, font):
    document = ADocument({"font-family": family})
    drawn = Appearance(document, frozenset(loaded) if loaded is not None else None)
    assert drawn.facts(0, "Kopi")["font"] == font
