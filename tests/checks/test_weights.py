"""What a mention amounts to, by the words around it and by the place."""

from datetime import date
from types import SimpleNamespace

import pytest

from crawler.checks.mention import Mention
from crawler.checks.weights import Places, Weight, doubted, expected, weigh
from crawler.model.policy import load_brands, load_pack
from crawler.model.scenario import Stage
from tests.bundles import a_visit, make_bundle

DAY = date(2024, 3, 12)
VIEW = SimpleNamespace(pack=load_pack("permendag-31-2023"), brands=load_brands(), on=DAY)


@pytest.fixture
def visit(tmp_path):
    return make_bundle(tmp_path, visits=[a_visit("cart")]).run.visits[0]


def weighed(visit, text, place="alien", **facts):
    start = text.index("TikTok")
    mention = Mention(text, start, start + 6, spelling="TikTok", **facts)
    return weigh(VIEW, mention, visit=visit, place=place)


def test_a_name_left_over_fails(visit):
    assert weighed(visit, "Belanja di TikTok") == Weight("fail", "mention", "alien", None)


def test_on_pages_of_the_social_medium_the_name_belongs(visit):
    assert weighed(visit, "Belanja di TikTok", "belongs").excuse.reason == "social-medium"


def test_a_place_in_question_is_for_a_person(visit):
    assert weighed(visit, "Belanja di TikTok", "in-question").slug == "place-in-question"


def test_what_would_fail_is_for_a_person_where_it_is_in_doubt(visit):
    weight = doubted(weighed(visit, "Belanja di TikTok"), "otherwise")
    assert (weight.outcome, weight.slug) == ("needs_review", "otherwise")
    excused = weighed(visit, "Belanja di TikTok", "belongs")
    assert doubted(excused) is excused


def test_where_tokopedia_takes_over_its_name_is_expected():
    assert expected(VIEW, "alien") == "Tokopedia"
    assert "Tokopedia" in expected(VIEW, "left-over")


@pytest.mark.parametrize(
    ("kind", "business", "place"),
    [
        ("cart", "e-commerce", "alien"),
        ("storefront", "social-commerce", "left-over"),
        ("entry", "social", "belongs"),
        ("login", "social", "in-question"),
    ],
)
def test_a_mention_means_what_the_business_of_the_page_says(kind, business, place):
    visit = SimpleNamespace(kind=Stage(kind))
    assert Places().at(visit, SimpleNamespace(business=business)) == place
