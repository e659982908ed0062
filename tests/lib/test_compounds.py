"""Names inside longer words, and the sound of a clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.lib.compounds import inside, sound
from crawler.lib.text import find_words

BRANDS = ["TikTok", "TikTok Shop", "ByteDance"]
CHANCE = [
    "statistiktoko",
    "taktiktoko",
    "bintiktokek",
    "ButikToko",
    "statiktok",
    "plastiktok",
    "kritiktokoh",
    "#politiktokoh",
    "batiktokopedia",
    "BATIKTOKO",
    "tokobatiktoko",
    "antiktokyo",
    "plastik tokcer",
    "teknik toko",
    "Tik Toko",
    "TicTac",
    "detik tokonya",
    "tik, tok",
    "tik; tok",
    "antik-toko",
    "artistik_token",
    "b a t i k t o k o",
    "Plastik Tok",
    "titik tokok",
]


def told(text):
    """Return what either search finds."""
    return [match.text for match in (*find_words(text, BRANDS), *inside(text, BRANDS))]


@pytest.mark.parametrize(
    "text",
    [
        "TikToknya",
        "TikTokers",
        "tiktokshopindonesia",
        "SHOPTIKTOK",
        "#racuntiktok",
        "belanjatiktok",
        "viatiktokshop",
        "TikTokan",
        "Tik Toknya",
        "Tik-Tokers",
        "Tik\u266aTok",
        "T\u2605i\u2605k\u2605T\u2605o\u2605k",
        "TiikTook",
        "TikTokkk",
        "cantiktiktok",
        "ditiktokshop",
        "beliditiktok",
        "bytedancenya",
        "racunt1kt0k",
    ],
)
def test_inside_a_longer_word(text):
    assert inside(text, BRANDS)
    assert all(match.kind == "confusable" for match in inside(text, BRANDS))


@pytest.mark.parametrize(
    "text",
    [
        "\u5728TikTok\u4e0a",
        "\u0e15\u0e34\u0e14\u0e15\u0e32\u0e21TikTok\u0e40\u0e23\u0e32",
        "TikTok\uc5d0\uc11c",
        "\u0639\u0644\u0649TikTok\u0627\u0644",
        "\u30c6\u30a3\u30c3\u30afTikTok\u3067",
        "\U0001f183\U0001f178\U0001f17a\U0001f183\U0001f17e\U0001f17a",
        "\U0001f163\U0001f158\U0001f15a\U0001f163\U0001f15e\U0001f15a",
        "\U0001f1f9\U0001f1ee\U0001f1f0\U0001f1f9\U0001f1f4\U0001f1f0",
        "\u1d1b\u026a\u1d0b\u1d1b\u1d0f\u1d0b",
        "T\u0336i\u0336k\u0336T\u0336o\u0336k\u0336",
        "\ua4d4\ua4f2\ua4d7\ua4d4\ua4f3\ua4d7",
    ],
)
def test_a_word_of_its_own_beside_another_writing_or_in_other_letters(text):
    assert find_words(text, BRANDS)


@pytest.mark.parametrize("text", CHANCE)
def test_two_words_that_make_it_by_chance(text):
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("tik-tok tik-tok", ["sound", "sound"]),
        ("Tik-tok, tik-tok!", ["sound", "sound"]),
        ("bunyi tik-tok jam", ["sound"]),
        ("jarum berdetak tik tok pelan", ["sound"]),
        ("Jam dinding kayu, tik tok", ["doubtful"]),
        ("TIK TOK TIK TOK", ["doubtful", "doubtful"]),
        ("Beli di tik tok", [""]),
        ("bunyi TikTok", [""]),
        ("suara tiktok", [""]),
    ],
)
def test_the_sound_of_a_clock(text, want):
    found = find_words(text, ["TikTok"])
    assert [sound(text, match.start, match.end, match.spelling) for match in found] == want


NAME = st.sampled_from(["TikTok", "tiktok", "TIKTOK", "Tiktok"])
HIDDEN = st.sampled_from(["", "\u200b", "\u00ad", "\u2060", "\u0336", "\ufeff", "\u200d"])
TWINS = {
    "t": "tT\uff34\u0442\U0001d42d\u24e3",
    "i": "iI1\u0456\u0131\u24d8",
    "k": "kK\u043a\u24da",
    "o": "oO0\u043e\u24de",
}
LATIN = st.text(alphabet="aceghmnprsuwy", min_size=1, max_size=8)


@st.composite
def obfuscated(draw):
    """Return the name with letters exchanged for twins and invisible signs put between them."""
    letters = [draw(st.sampled_from(TWINS[letter])) for letter in "tiktok"]
    return "".join(letter + draw(HIDDEN) for letter in letters)


@given(
    obfuscated(),
    st.one_of(st.just(""), LATIN),
    st.one_of(st.just(""), LATIN),
    st.sampled_from(["", "#", "(", "@"]),
)
def test_no_disguise_is_silent(name, before, behind, sign):
    assert told(f"{sign}{before}{name}{behind}")


@given(st.sampled_from(CHANCE), HIDDEN)
def test_chance_stays_chance_however_it_is_spelt(text, hidden):
    spelt = hidden.join(text)
    assert told(spelt) == []


@given(st.text(max_size=60), NAME, st.text(max_size=60))
def test_places_are_of_the_original(before, name, behind):
    text = before + name + behind
    for match in inside(text, BRANDS):
        assert text[match.start : match.end] == match.text
