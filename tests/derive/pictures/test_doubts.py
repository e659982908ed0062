"""Places whose pixels may say something else than the page text there."""

from __future__ import annotations

import pytest

from crawler.derive.pictures import doubts
from crawler.derive.pictures.doubts import Doubt, clusters, contrary_places, doubtful_places
from crawler.derive.pictures.looks import TextLine, Word
from crawler.model.box import CssBox
from crawler.model.evidence import TextRecord
from tests.bundles import text_node


def a_record(*nodes):
    return TextRecord(frames=("https://a.test/",), nodes=nodes, media=())


def letters(text, *, order=None, width=16.0, gap=0.0, down=False):
    """Return letters as blocks of their own, in the order of the page, laid out in another."""
    spots = order or range(len(text))
    return [
        text_node(
            sign,
            block=number,
            boxes=((10.0, spot * 20.0, width, 20.0) if down else (spot * (width + gap), 10.0, width, 20.0),),
        )
        for number, (sign, spot) in enumerate(zip(text, spots, strict=True))
    ]


def a_line(text, box, confidence=0.99):
    return TextLine(
        text=text,
        confidence=confidence,
        box=box,
        words=(Word(text=text, confidence=confidence, box=box),),
        found_by="test",
    )


def test_letters_that_touch_make_a_word_in_the_order_they_lie_in():
    record = a_record(*letters("oTkiTk", order=(4, 0, 5, 1, 3, 2)))
    assert [word for word, _ in clusters(record)] == ["TikTok"]


def test_letters_under_each_other_make_a_word():
    assert [word for word, _ in clusters(a_record(*letters("TikTok", down=True)))] == ["TikTok"]


def test_pieces_with_a_blank_between_are_words_of_their_own():
    assert clusters(a_record(*letters("TikTok", gap=18.0))) == ()
    cells = [
        text_node(text, block=at, boxes=((at * 90.0, 0.0, 60.0, 20.0),))
        for at, text in enumerate(("Harga", "Stok"))
    ]
    assert clusters(a_record(*cells)) == ()


def test_one_block_makes_no_cluster():
    pieces = [
        text_node("Tik", boxes=((0.0, 0.0, 30.0, 20.0),)),
        text_node("Tok", boxes=((30.0, 0.0, 30.0, 20.0),)),
    ]
    assert clusters(a_record(*pieces)) == ()


@pytest.mark.parametrize("trait", ["bidi", "mirrored", "tight"])
def test_what_is_drawn_otherwise_is_read(trait):
    node = text_node("koTkiT", boxes=((0.0, 0.0, 90.0, 20.0),), traits=(trait,))
    (doubt,), whole = doubtful_places(a_record(node))
    assert whole
    assert doubt.said == "koTkiT"


def test_ordinary_text_is_not_read():
    nodes = [
        text_node(f"Kalimat biasa {at}", block=at, boxes=((0.0, 30.0 * at, 200.0, 20.0),)) for at in range(50)
    ]
    assert doubtful_places(a_record(*nodes)) == ((), True)


def test_pieces_of_one_block_out_of_order_are_read_and_writing_from_the_right_is_not():
    turned = [
        text_node("Tok", boxes=((40.0, 0.0, 30.0, 20.0),)),
        text_node("Tik", boxes=((0.0, 0.0, 30.0, 20.0),)),
    ]
    assert len(doubtful_places(a_record(*turned))[0]) == 1
    hebrew = [node.model_copy(update={"text": "\u05e9\u05dc\u05d5\u05dd"}) for node in turned]
    assert doubtful_places(a_record(*hebrew))[0] == ()


def test_of_a_font_every_letter_is_sampled_and_not_every_text():
    texts = ["Harga murah", "murah Harga", "Harga", "Zebra", "qwxqzx"]
    nodes = [
        text_node(text, block=at, boxes=((0.0, 40.0 * at, 200.0, 20.0),), font="z")
        for at, text in enumerate(texts)
    ]
    sampled, whole = doubtful_places(a_record(*nodes))
    assert whole
    assert {sign for doubt in sampled for sign in doubt.said} >= set("HargmuhZebqwxz")
    assert len(sampled) < len(texts)


def test_a_text_under_another_is_no_sample_of_its_font():
    nodes = [
        text_node("Kopi Gayo asli", block=1, boxes=((0.0, 0.0, 200.0, 20.0),), font="z"),
        text_node("Pilih alamat pengiriman Anda", block=2, boxes=((10.0, 2.0, 300.0, 20.0),)),
    ]
    assert all(not doubt.said for doubt in doubtful_places(a_record(*nodes))[0])


def test_more_places_than_are_read_are_told():
    nodes = [
        text_node(f"kata{at}", block=at, boxes=((0.0, 40.0 * at, 90.0, 20.0),), traits=("bidi",))
        for at in range(doubts.MOST + 5)
    ]
    kept, whole = doubtful_places(a_record(*nodes))
    assert len(kept) == doubts.MOST
    assert not whole


BOX = CssBox(0.0, 0.0, 200.0, 20.0)


@pytest.mark.parametrize(
    ("said", "read", "speaks_against"),
    [
        ("Belanja hemat", "Belanja hemat", False),
        ("Belanja hemat", "Be1anja hernat", False),
        ("Belanja hemat", "Gxqqwj zkypf", True),
        ("Belanja hemat", "", False),
        ("shopping_cart", "", False),
        ("\u05e9\u05dc\u05d5\u05dd \u05dc\u05db\u05d5\u05dc\u05dd", "Gxqqwj zkypf", False),
        ("Beli", "Gxqqwj", False),
    ],
)
def test_only_a_clear_reading_of_other_letters_speaks_against_the_text(said, read, speaks_against):
    lines = [a_line(read, BOX)] if read else []
    assert bool(contrary_places([Doubt(BOX, said)], lines)) == speaks_against
    assert contrary_places([Doubt(BOX, said)], [a_line(read or "x", BOX, 0.4)]) == ()


def test_a_page_of_single_letters_is_read_in_bounded_time():
    nodes = [
        text_node("x", block=at, boxes=((14.0 * (at % 90), 24.0 * (at // 90), 9.0, 20.0),))
        for at in range(8_000)
    ]
    assert clusters(a_record(*nodes)) == () or doubtful_places(a_record(*nodes))
