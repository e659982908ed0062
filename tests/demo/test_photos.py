"""Pictures are real JPEGs, as heavy as a shop's, and the same every time."""

import hashlib
import io
import subprocess
import sys

import pytesseract
import pytest
from PIL import Image, ImageChops

from crawler.demo import catalogue, photos

PRINT_DIGEST = (
    "import hashlib; from crawler.demo import catalogue, photos;"
    "print(hashlib.sha256(photos.packshot(catalogue.product(101), 1)).hexdigest())"
)


@pytest.mark.parametrize("item", catalogue.products()[::6], ids=lambda item: item.shape)
def test_a_packshot_is_a_jpeg_of_believable_weight(item):
    taken = photos.packshot(item)
    assert Image.open(io.BytesIO(taken)).size == (photos.SIDE_PX, photos.SIDE_PX)
    assert 40_000 <= len(taken) <= 120_000


def test_another_process_takes_the_same_picture():
    here = hashlib.sha256(photos.packshot(catalogue.product(101), 1)).hexdigest()
    there = subprocess.run([sys.executable, "-c", PRINT_DIGEST], check=True, capture_output=True, text=True)
    assert there.stdout.strip() == here


def test_products_and_views_differ():
    taken = [photos.packshot(catalogue.product(key), view) for key in (101, 102) for view in (0, 1)]
    assert len(set(taken)) == 4


@pytest.mark.ocr
@pytest.mark.parametrize(("name", "theme"), [("Shop | Tokopedia", "green"), ("TikTok Shop", "black")])
def test_the_name_on_the_banner_can_be_read(name, theme):
    picture = Image.open(io.BytesIO(photos.banner(name, "Belanja lokal", theme)))
    assert name in pytesseract.image_to_string(picture, lang="ind+eng")


def test_the_banner_changes_only_where_its_name_stands():
    one = Image.open(io.BytesIO(photos.banner("Satu", "Hemat", "green")))
    other = Image.open(io.BytesIO(photos.banner("Dua", "Hemat", "green")))
    changed = ImageChops.difference(one, other).convert("L").point(lambda value: 255 if value > 60 else 0)
    left, top, right, bottom = changed.getbbox()
    assert left >= 60
    assert right <= 400
    assert top >= 96
    assert bottom <= 204
