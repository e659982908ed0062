"""Names in lines of pixels: grades, near-misses, and what a second reading amounts to."""

import pytest

from crawler.derive.pictures import brand
from crawler.derive.pictures.brand import Terms

TERMS = Terms(("TikTok", "TikTok Shop"), ("disediakan … oleh TikTok", "provided by TikTok"))


def grades(text):
    return [grade for _, grade in brand.matches(text, TERMS)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Belanja di TikTok Shop", ["exact"]),
        ("TIKTOKSHOPMall", ["exact"]),
        ("TIK TOKhari ini", ["exact"]),
        ("T ikTok", ["exact"]),
        ("Pesanan T i k- T ok Anda", ["folded"]),
        ("TlKT0K", ["folded"]),
        ("TikToh", ["confusable"]),
        ("disediakan oleh TikToh", ["phrase"]),
        ("jasa ini provided by TikToh", ["phrase"]),
        ("Gratisongkirtiktokshop", [None]),
        ("ditiktok", [None]),
        ("I tik Tok", [None]),
    ],
)
def test_grade(text, expected):
    assert grades(text) == expected


@pytest.mark.parametrize(
    "text",
    ["Tik Tak", "taktik toko", "Kosmetik Toko", "ButikToko", "Tiket", "kotak", "batiktoko", "titi k toko"],
)  # fmt: skip
def test_near_misses_are_silent(text):
    assert grades(text) == []


@pytest.mark.parametrize(
    ("readings", "said"),
    [
        (("di TikTok", "x"), "agrees"),
        (("TIK TOK",), "agrees"),
        (("Itiktok", "tik tok"), "differs"),
        (("TikTak",), "differs"),
        (("-", ""), "silent"),
        ((), "silent"),
    ],
)
def test_second(readings, said):
    assert brand.compare_readings(readings, "TikTok", touched=True) == said


@pytest.mark.parametrize(
    ("reading", "touching", "said"),
    [
        ("ngkir tiktok", ("r", ""), "agrees"),
        ("ngkir: tiktok", ("r", ""), "agrees"),
        ("ate tik Tok", ("a", ""), "differs"),
        ("tik Tok", ("a", ""), "differs"),
        ("tiktok hari", ("", "h"), "agrees"),
        ("tiktok ari", ("", "h"), "differs"),
        ("NGKIR TIKTOK", ("r", ""), "agrees"),
    ],
)
def test_a_reading_that_parts_a_name_shows_the_letters_that_touched_it(reading, touching, said):
    assert brand.compare_readings((reading,), "TikTok", touched=True, touching=touching) == said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ongkirtiktok", ("r", "")),
        ("tiktokshopmall", ("", "m")),
        ("I tik Tok", ("I", "")),
        ("di tik tok", ("", "")),
        ("Live tiktok now", ("", "")),
    ],
)
def test_touching(text, expected):
    ((match, _),) = brand.matches(text, brand.Terms(("TikTok", "TikTok Shop")))
    assert brand.touching(text, match) == expected


def test_a_whole_name_needs_one_reading_that_agrees():
    assert brand.compare_readings(("adi TikTok lebi", "adi TikToklebi"), "TikTok") == "agrees"


@pytest.mark.parametrize(
    ("text", "said", "grade"),
    [
        ("Gratisongkirtiktokshop", "agrees", "folded"),
        ("Gratisongkirtiktokshop", "silent", "confusable"),
        ("Statistiktokopedia", "silent", None),
        ("PlastikTokyo", "differs", None),
    ],
)
def test_a_name_that_letters_touch(text, said, grade):
    found = brand.matches(text, TERMS)
    assert [brand.settled(each, said, text, match) for match, each in found] == ([grade] if found else [])


def test_disagreement_lowers_confidence():
    agrees, silent, differs = (
        brand.confidence(0.9, "exact", said) for said in ("agrees", "silent", "differs")
    )
    assert agrees > silent > differs > brand.confidence(0.9, "confusable", "agrees")
