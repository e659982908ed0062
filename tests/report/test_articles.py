"""Articles in the words of a language."""

import pytest

from crawler.lib.i18n import translate
from crawler.report.articles import said_articles


@pytest.mark.parametrize("lang", ["id", "en"])
def test_each_part_in_its_depth(lang):
    said = said_articles(translate(lang), "13(3)a; 9;21(2)").split("; ")
    assert len(said) == 3
    assert [number for number in ("13", "3", "a") if number in said[0]] == ["13", "3", "a"]
    assert "9" in said[1]
    assert said[0] != said[2]


def test_what_is_no_article_stays_as_it_is():
    assert said_articles(translate("id"), "Lampiran II; ") == "Lampiran II"
    assert said_articles(translate("id"), "") == ""
