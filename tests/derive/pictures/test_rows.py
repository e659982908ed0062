"""Where a span of a row's text stands, and how surely it was read."""

from crawler.derive.pictures.rows import Row
from crawler.model.box import ImageBox

ROW = Row(
    (
        ("Live", 0.9, ImageBox(0, 0, 40, 10)),
        ("diTikTok", 0.7, ImageBox(50, 0, 80, 10)),
        ("ini", 0.8, ImageBox(140, 0, 30, 10)),
    ),
    "x",
)


def test_text():
    assert ROW.text == "Live diTikTok ini"


def test_a_span_has_the_part_of_its_word():
    assert ROW.boxes(7, 13) == [ImageBox.between(70, 0, 130, 10)]


def test_a_span_over_words_has_a_box_in_each():
    assert ROW.boxes(2, 6) == [ImageBox.between(20, 0, 40, 10), ImageBox.between(50, 0, 60, 10)]


def test_a_span_is_as_sure_as_its_least_sure_word():
    assert ROW.sure(0, 4) == 0.9
    assert ROW.sure(0, 13) == 0.7
