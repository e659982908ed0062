"""Allowances: every condition counts, and so does the day."""

from datetime import date

import pytest

from crawler.checks.allowances import excuse
from crawler.checks.runs import runs
from crawler.model.evidence import TextRecord
from crawler.model.policy import Allowance, load_brands, load_pack
from crawler.model.scenario import Stage
from tests.bundles import text_node

PACK = load_pack("permendag-31-2023")
BRANDS = load_brands()


def excused(text, *, allowed=(), stage=Stage.CART, on=date(2024, 3, 12), **node):
    (run,) = runs(TextRecord(frames=("https://a.test/",), nodes=(text_node(text, **node),), media=()))
    start = text.index("TikTok")
    pack = PACK.model_copy(update={"allowed": tuple(Allowance.model_validate(each) for each in allowed)})
    found = excuse(run.mention(start, start + 6), stage=stage, pack=pack, brands=BRANDS, on=on)
    return found.reason if found else None


def rule(**facts):
    return {"reason": "ok", "phrases": ["ke TikTok"], "source": "a test"} | facts


@pytest.mark.parametrize(
    ("conditions", "facts", "reason"),
    [
        ({}, {}, "ok"),
        ({"stages": ["cart"]}, {}, "ok"),
        ({"stages": ["payment"]}, {}, None),
        ({"channels": ["alt"]}, {}, None),
        ({"channels": ["text"]}, {}, "ok"),
        ({"alone": True}, {}, None),
        ({"link_hosts": ["tiktok.com"]}, {}, None),
        ({"link_hosts": ["tiktok.com"]}, {"href": "https://www.tiktok.com/@a"}, "ok"),
        ({"link_hosts": ["tiktok.com"]}, {"href": "https://tiktok.com.evil.test/"}, None),
        ({"from": date(2024, 3, 12), "to": date(2024, 3, 12)}, {}, "ok"),
        ({"from": date(2024, 3, 13)}, {}, None),
        ({"to": date(2024, 3, 11)}, {}, None),
        ({"phrases": [], "tokens": ["Tik*"]}, {}, "ok"),
    ],
)
def test_a_mention_meets_every_condition(conditions, facts, reason):
    assert excused("Bagikan ke TikTok sekarang", allowed=[rule(**conditions)], **facts) == reason


@pytest.mark.parametrize(
    ("on", "reason"),
    [(date(2023, 10, 4), "current-name"), (date(2023, 10, 5), None), (date(2024, 3, 12), None)],
)
def test_the_old_name_was_current_until_it_ended(on, reason):
    assert excused("TikTok Shop", on=on) == reason


def test_the_public_brand_is_current_from_2025():
    assert excused("TikTok Shop by Tokopedia", on=date(2025, 6, 1)) == "current-name"
    assert excused("TikTok Shop by Tokopedia", on=date(2024, 12, 31)) is None
