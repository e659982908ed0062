"""The line of a trend: a point a night, a gap where nothing could be judged."""

import xml.etree.ElementTree as ET

import pytest

from crawler.report.sparkline import LINE, LINE_END, UNSEEN, sparkline


def shapes(*percents, label="tren"):
    return ET.fromstring(str(sparkline(percents, label, 1)))


def strokes(drawing):
    return [each.get("stroke") for each in drawing.iter() if each.get("stroke")]


@pytest.mark.parametrize("percents", [(), (50,)])
def test_fewer_than_two_nights_are_no_line(percents):
    assert sparkline(percents, "x", 1) is None


def test_a_night_without_a_judgement_is_a_gap():
    assert strokes(shapes(100, 90, 80)).count(UNSEEN) == 0
    assert strokes(shapes(100, None, 80)).count(UNSEEN) == 1


@pytest.mark.parametrize(("last", "colour"), [(100, LINE), (99, LINE_END)])
def test_the_last_night_shows_whether_all_is_passed(last, colour):
    (end,) = [each for each in shapes(50, last).iter() if each.tag.endswith("circle")]
    assert end.get("fill") == colour


def test_the_label_is_text_and_can_do_nothing():
    hostile = '"><script>alert(1)</script>'
    drawing = shapes(1, 2, label=hostile)
    assert not [each for each in drawing.iter() if "script" in each.tag]
    assert hostile in [*drawing.attrib.values(), *"\0".join(drawing.itertext()).split("\0")]
