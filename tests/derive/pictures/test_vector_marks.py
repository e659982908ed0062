"""The logo in geometry, from icons whose paths stand here, and drawings that are none or cannot be drawn."""

import pytest
from PIL import Image

from crawler.derive.pictures import logos, vector_marks

# Simple Icons (CC0) and Tabler Icons (MIT).
LOGO = (
    "M12.525.02c1.31-.02 2.61-.01 3.91-.02c.08 1.53.63 3.09 1.75 4.17c1.12 1.11 2.7 1.62 4.24 1.79v4"
    ".03c-1.44-.05-2.89-.35-4.2-.97c-.57-.26-1.1-.59-1.62-.93c-.01 2.92.01 5.84-.02 8.75c-.08 1.4-.5"
    "4 2.79-1.35 3.94c-1.31 1.92-3.58 3.17-5.91 3.21c-1.43.08-2.86-.31-4.08-1.03c-2.02-1.19-3.44-3.3"
    "7-3.65-5.71c-.02-.5-.03-1-.01-1.49c.18-1.9 1.12-3.72 2.58-4.96c1.66-1.44 3.98-2.13 6.15-1.72c.0"
    "2 1.48-.04 2.96-.04 4.44c-.99-.32-2.15-.23-3.02.37c-.63.41-1.11 1.04-1.36 1.75c-.21.51-.15 1.07"
    "-.14 1.61c.24 1.64 1.82 3.02 3.5 2.87c1.12-.01 2.19-.66 2.77-1.61c.19-.33.4-.67.41-1.06c.1-1.79"
    ".06-3.57.07-5.36c.01-4.03-.01-8.05.02-12.07"
)
NOTES = (
    "M3 17a3 3 0 1 0 6 0a3 3 0 0 0-6 0m10 0a3 3 0 1 0 6 0a3 3 0 0 0-6 0",
    "M9 17V4h10v13M9 8h10",
)


def svg(body, attributes=""):
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" {attributes}>{body}</svg>'


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.mark.parametrize("fill", ["currentColor", "white", "#fe2c55"])
def test_the_logo_in_any_colour(fill):
    drawing = svg(f'<path d="{LOGO}" fill="{fill}"/>')
    assert vector_marks.look_at_drawings([drawing, drawing])[drawing] >= logos.SURE


def test_on_a_tile():
    tile = '<rect width="24" height="24" rx="5"/>'
    small = f'<g transform="translate(5 5) scale(.58)" fill="#fff"><path d="{LOGO}"/></g>'
    drawing = svg(tile + small)
    assert vector_marks.look_at_drawings([drawing])[drawing] >= logos.SURE


def test_notes_of_music_are_none():
    drawing = svg(
        "".join(f'<path d="{each}"/>' for each in NOTES), 'fill="none" stroke="#000" stroke-width="2"'
    )
    assert vector_marks.look_at_drawings([drawing]) == {drawing: 0.0}


@pytest.mark.parametrize("drawing", ["", "<svg", svg('<path d="no path"/>'), svg('<path d="M0 0h1e9999"/>')])
def test_what_cannot_be_drawn_is_none(drawing):
    assert vector_marks.look_at_drawings([drawing]) == {drawing: 0.0}


def test_it_is_drawn_once(monkeypatch):
    drawing = svg(f'<path d="{LOGO}"/>')
    sure = vector_marks.look_at_drawings([drawing])
    monkeypatch.setattr(vector_marks, "drawn", lambda _: pytest.fail("drawn again"))
    assert vector_marks.look_at_drawings([drawing]) == sure


def test_a_drawing_has_ground_around_it():
    picture = vector_marks.drawn(svg('<rect width="24" height="24"/>'))
    assert isinstance(picture, Image.Image)
    assert picture.getpixel((2, 2)) == (138, 138, 138)
    assert picture.getpixel((48, 48)) == (0, 0, 0)
