import pytest

from crawler.checks.rules import foreign_logo
from crawler.derive.pictures import logos
from tests.checks.cases import cases, check

RULE = "foreign-logo"

pytestmark = pytest.mark.ocr


@cases(RULE)
def test_case(tmp_path, case):
    check(tmp_path, RULE, case)


@pytest.mark.parametrize(
    ("alt", "slug", "verdict"), [("logo TikTok", "named", "fail"), ("kucing", "doubtful", "needs_review")]
)
def test_a_name_settles_a_doubt(tmp_path, monkeypatch, alt, slug, verdict):
    monkeypatch.setattr(logos, "find_logos", lambda pieces: [((0.85, (4, 4, 40, 40)),) for _ in pieces])
    icon = {"frame": 0, "element": "img", "box": [60, 60, 32, 32], "alt": alt}
    visit = {
        "stage": "storefront",
        "picture": {"icons": [{"icon": "logo", "at": [60, 60], "px": 32}]},
        "media": [icon],
    }
    case = {
        "name": slug,
        "verdict": verdict,
        "findings": [{"says": slug, "observed": "TikTok logo"}],
        "visits": [visit],
    }
    check(tmp_path, RULE, case)


def test_what_the_reader_is_sure_of_decides():
    assert foreign_logo.Params().min_confidence == logos.SURE
