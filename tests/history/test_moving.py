"""What moves by itself is masked in texts and pictures; a page of another variant is told from a change."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from crawler.history.comparison import compare
from crawler.history.moving import MAX_BOXES, Moving, is_other_variant, moving_parts, nearest
from crawler.history.texts import Block
from crawler.model.box import CssBox
from crawler.model.evidence import TextRecord
from tests.bundles import a_visit, text_node

SHELF = (40.0, 400.0, 500.0, 60.0)
TITLE = (40.0, 100.0, 500.0, 60.0)
LINES = tuple(f"Baris tetap {letter}" for letter in "abcdefghij")


def record(*texts, at=None):
    nodes = [text_node(text, block=number, boxes=(at,) if at else ()) for number, text in enumerate(texts)]
    return TextRecord(frames=("https://www.tokopedia.com/",), nodes=tuple(nodes), media=())


def page(shelf, title="Selamat datang", colour="#357"):
    """A visit of a page whose shelf turns: text and picture say what lies in it."""
    image = Image.new("RGB", (900, 1_200), "white")
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(LINES):
        draw.text((30, 600 + 50 * number), line, fill="black", font_size=30)
    draw.rectangle((40, 400, 540, 460), fill=colour)
    draw.text((50, 410), shelf, fill="white", font_size=36)
    draw.text((50, 110), title, fill="black", font_size=36)
    texts = [text_node(title, block=1, boxes=(TITLE,)), text_node(shelf, block=2, boxes=(SHELF,))]
    texts += [text_node(line, block=3 + number) for number, line in enumerate(LINES)]
    return a_visit("product", text=texts, picture=image)


def test_a_shelf_that_turns_is_masked_in_text_and_picture(run):
    old, new, repeat = (
        run([page(*each)])
        for each in (("Kopi", "Halo", "#357"), ("Teh", "Halo", "#a53"), ("Gula", "Halo", "#3a5"))
    )
    (plain,) = compare(old, new).stages
    assert plain.text
    assert plain.picture
    (masked,) = compare(old, new, repeat=repeat).stages
    assert (masked.text, masked.picture) == (None, None)
    assert masked.moving


def test_what_changed_beside_the_shelf_is_still_told(run):
    old, new, repeat = run([page("Kopi")]), run([page("Teh", "Toko baru")]), run([page("Gula", "Toko baru")])
    (change,) = compare(old, new, repeat=repeat).stages
    assert change.text
    assert (change.text.removed, change.text.added) == (("Selamat datang",), ("Toko baru",))
    assert change.text.masked == 2
    assert change.picture
    assert all(y < 300 for _, y, _, _ in change.picture.boxes)


def test_a_finding_in_a_moving_part_is_never_masked(run):
    old, new, repeat = run([page("Kopi")]), run([page("TikTok Shop")]), run([page("Gula")])
    states = [change.state for change in compare(old, new, repeat=repeat).findings]
    assert "new" in states


def test_a_visit_that_is_the_same_moves_nothing(run):
    old, new = run([page("Kopi")]), run([page("Teh")])
    (change,) = compare(old, new, repeat=run([page("Teh")])).stages
    assert change.moving == ()
    assert change.text


def test_a_repeat_that_did_not_reach_the_stage_moves_nothing(run):
    old, new = run([page("Kopi")]), run([page("Teh")])
    (change,) = compare(old, new, repeat=run([a_visit("product", reached=False)])).stages
    assert change.text


def test_a_block_moves_by_what_it_says_or_where_it_stands():
    moving = Moving((CssBox(0.0, 0.0, 100.0, 100.0),), frozenset({"kopi"}))
    assert moving.covers(Block("Kopi", ()), False, pair=None)
    assert moving.covers(Block("Teh", (CssBox(10.0, 10.0, 50.0, 20.0),)), False, pair=None)
    assert not moving.covers(Block("Teh", (CssBox(80.0, 10.0, 50.0, 20.0),)), False, pair=None)
    assert not moving.covers(Block("Teh", ()), False, pair=None)


def test_the_parts_of_a_page_are_bounded():
    many = record(*(f"b{'x' * number}" for number in range(MAX_BOXES + 50)), at=TITLE)
    assert len(moving_parts(many, record(), ()).boxes) == MAX_BOXES


def test_pages_that_share_most_of_their_text_are_one_variant():
    one = record(*LINES)
    assert not is_other_variant(one, record(*LINES[:-2], "lain", "baru"))
    assert is_other_variant(one, record(*(f"Lain {letter}" for letter in "klmnopqrst")))
    assert not is_other_variant(record("a", "b"), record("c", "d"))
    assert (
        nearest(one, [record(*(f"Lain {letter}" for letter in "klmnopqrst")), record(*LINES, "x"), one]) == 2
    )
    assert nearest(one, [record(*(f"Lain {letter}" for letter in "klmnopqrst"))]) is None


@given(st.lists(st.text(max_size=12), max_size=15), st.lists(st.text(max_size=12), max_size=15))
def test_being_a_variant_is_mutual(first, second):
    one, other = record(*first), record(*second)
    assert is_other_variant(one, other) == is_other_variant(other, one)
    assert not is_other_variant(one, one)
