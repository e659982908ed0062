"""Icons drawn as vectors become pixels, without anything from outside the file."""

import io

import pytest
from PIL import Image

from crawler.derive.documents import svg
from crawler.errors import DocumentUnreadable

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 8 8">'


def drawn(inner):
    return Image.open(io.BytesIO(svg.drawn(f"{HEAD}{inner}</svg>".encode()))).convert("RGBA")


def test_shapes_are_drawn_and_the_ground_is_clear():
    picture = drawn('<rect width="8" height="4" fill="#f00"/>')
    assert picture.size == (svg.SIDE_PX, svg.SIDE_PX)
    assert picture.getpixel((48, 20)) == (255, 0, 0, 255)
    assert picture.getpixel((48, 80))[3] == 0


def test_files_of_the_machine_are_not_drawn(tmp_path):
    secret = tmp_path / "secret.png"
    Image.new("RGB", (8, 8), "red").save(secret)
    for address in (str(secret), secret.as_uri()):
        shapes = [f'<image {name}="{address}" width="8" height="8"/>' for name in ("href", "xlink:href")]
        picture = drawn("".join(shapes))
        assert picture.getextrema()[3] == (0, 0)


@pytest.mark.parametrize(
    "data", [b"", b"<svg", b"<svg xmlns='http://www.w3.org/2000/svg'>", b"\xff\xfe<svg/>"]
)
def test_what_is_no_drawing_is_an_error(data):
    with pytest.raises(DocumentUnreadable):
        svg.drawn(data)
