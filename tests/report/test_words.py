"""What templates may say in their language."""

from datetime import date

import pytest

from crawler.lib.i18n import translate
from crawler.report.words import Words

ID = Words(translate("id"))


def test_a_label_or_the_value_where_there_is_none():
    assert ID.label("stage", "cart") == translate("id")("stage.cart")
    assert ID.label("stage", "tidak ada") == "tidak ada"


@pytest.mark.parametrize("stamp", ["", "not a time", "2024-13-99"])
def test_a_time_that_is_none_stands_as_it_is(stamp):
    assert ID.utc(stamp) == ID.wib(stamp) == stamp


def test_a_time_in_utc_and_in_jakarta():
    assert ID.utc("2024-03-11T23:30:00.000Z") != ID.wib("2024-03-11T23:30:00.000Z")
    assert "06" in ID.wib("2024-03-11T23:30:00.000Z")


def test_a_day_stored_or_not():
    assert ID.day("2024-03-12") == ID.day(date(2024, 3, 12))


def test_a_title_in_the_language_else_in_any_else_another():
    assert ID.title({"en": "Shop", "id": "Toko"}, "x") == "Toko"
    assert ID.title({"en": "Shop"}, "x") == "Shop"
    assert ID.title({}, "x") == "x"


def test_what_the_guard_says_of_itself_is_known_or_stands_as_it_is():
    assert ID.guard_limit("tidak dikenal: a sentence") == "tidak dikenal: a sentence"
    assert ID.guard_phase("tidak dikenal: x") == "tidak dikenal: x"


def test_templates_know_all_of_it_by_name():
    assert {"t", "label", "utc", "wib", "day", "title", "article"} <= set(ID.by_name())
