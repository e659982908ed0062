"""What of a night is told, and that nothing of a page is among it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawler.fleet.events import LEFT_OUT, disk_event, night_events, upkeep_events
from crawler.lib.i18n import LANGUAGES, translate
from crawler.model.after import Upkeep
from crawler.model.finding import Message
from crawler.model.night import CanaryResult, NotObserved
from crawler.model.scenario import Stage
from crawler.model.stock import Kept, PrunePlan, Shared
from crawler.report.digest import ORDER, night_digest, watch_digest
from tests.nights import FIRST, a_finding, a_journey, a_night, unobserved

NEXT = FIRST + timedelta(days=1)


def told(night):
    return [(event.kind, event.message.id) for event in night_events(night)]


def one(state, **facts):
    return a_night(NEXT, [a_journey(on=NEXT, findings=[a_finding(state, **facts)])])


def test_a_quiet_night_tells_nothing():
    assert told(one("still-there")) == []


@pytest.mark.parametrize(
    ("night", "wanted"),
    [
        (one("new"), [("new", "event.new")]),
        (one("new", returned=FIRST), [("new", "event.returned")]),
        (one("unstable", seen=NEXT), [("new", "event.unstable")]),
        (one("unstable"), []),
        (one("gone"), [("remedied", "event.remedied")]),
        (one("not-looked"), [("not-observed", "event.not-looked")]),
        (one("new", status="excused"), []),
        (a_night(NEXT, [a_journey(bundle=None)]), [("not-observed", "event.journey-unseen")]),
        (a_night(NEXT, ended_by="deadline"), [("not-observed", "event.ended-by.deadline")]),
        (a_night(NEXT, canary=None), [("canary", "event.canary-missing"), ("void", "event.void")]),
        (a_night(NEXT, canary="missed"), [("canary", "event.canary-failed"), ("void", "event.void")]),
        (
            a_night(NEXT, canary=CanaryResult(state="2024-03-04", expected=0, error="crashed")),
            [("canary", "event.canary-error"), ("void", "event.void")],
        ),
        (
            a_night(NEXT, canary=CanaryResult(state="2024-03-04", expected=3, false_alarms=("x",))),
            [("canary", "event.canary-failed")],
        ),
    ],
)
def test_every_kind(night, wanted):
    assert told(night) == wanted


def test_a_void_night_calls_nothing_remedied():
    night = a_night(NEXT, [a_journey(on=NEXT, findings=[a_finding("gone")])], canary="missed")
    assert "remedied" not in {kind for kind, _ in told(night)}


def test_a_journey_that_was_not_seen_is_told_once():
    why = NotObserved(target="toko-a", device="desktop", stage=None, why=unobserved())
    night = a_night(NEXT, [a_journey(bundle=None)], not_observed=(why,))
    assert told(night) == [("not-observed", "event.journey-unseen")]


HOSTILE = [
    "https://x.test/?token=abc",
    "siti@example.test",
    "Siti 0812 3456 7890",
    "3174012345678901",
    "/home/siti/x",
    "a\x1b[2Jb",
    "x" * 500,
    "net::ERR_CERT_DATE_INVALID at https://x.test",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_no_address_name_or_number_passes(value):
    why = Message(id="gap.unreached", params={"stage": "payment", "reason": value, "more": [value]})
    night = a_night(
        not_observed=(NotObserved(target="toko-a", device="mobile", stage=Stage.PAYMENT, why=why),)
    )
    (event,) = night_events(night)
    assert event.why.params == {"stage": "payment", "reason": LEFT_OUT, "more": [LEFT_OUT]}


def test_text_of_a_page_is_not_in_the_digest():
    finding = a_finding("new", observed="Siti Aminah 081234567890", url="https://x.test/?t=geheim")
    night = a_night(journeys=[a_journey(findings=[finding])])
    for lang in LANGUAGES:
        digest = night_digest(night, night_events(night), lang)
        assert not {
            word for word in ("Siti", "0812", "x.test", "geheim") if word in digest.title + digest.body
        }
        assert "[ffffffffffff]" in digest.body


def busy_night():
    why = NotObserved(target="toko-b", device="mobile", stage=Stage.PAYMENT, why=unobserved("captcha"))
    findings = [
        a_finding("new"),
        a_finding("gone", rule="foreign-logo"),
        a_finding("not-looked", rule="foreign-logo"),
    ]
    journeys = [a_journey(on=NEXT, findings=findings), a_journey("toko-b", "mobile", on=NEXT)]
    return a_night(NEXT, journeys, not_observed=(why,))


@pytest.mark.parametrize(
    ("lang", "title", "lines"),
    [
        (
            "id",
            "Pantau 3 November 2026: 1 temuan baru, 1 diperbaiki, 2 tidak teramati",
            [
                "Malam 3 November 2026 (ke-2), selesai 4 November 2026 02.00.00 WIB.",
                "Perjalanan yang teramati: 2 dari 2.",
                "TEMUAN BARU (1)",
                "- toko-b, Telepon: tahap Pembayaran: Tahap Pembayaran tidak tercapai: halaman captcha.",
            ],
        ),
        (
            "en",
            "Pantau 3 November 2026: 1 new finding, 1 remedied, 2 not observed",
            ["NEW FINDINGS (1)", "NOT OBSERVED (2)", "Reference shop: 12 of 12 planted violations found."],
        ),
    ],
)
def test_the_digest_in_both_languages(lang, title, lines):
    night = busy_night()
    digest = night_digest(night, night_events(night), lang, page="nights/2026-11-03/index.html")
    assert digest.title == title
    body = digest.body.splitlines()
    assert [line for line in lines if line not in body and "captcha" not in line] == []
    assert digest.body.endswith("nights/2026-11-03/index.html")


def test_a_journey_that_reached_nothing_is_not_observed():
    night = a_night(journeys=[a_journey(), a_journey("toko-b")])
    stages = tuple(stage.model_copy(update={"reached": False}) for stage in night.outcomes[0].stages)
    outcomes = (night.outcomes[0].model_copy(update={"stages": stages}), *night.outcomes[1:])
    night = night.model_copy(update={"outcomes": outcomes})
    assert "Journeys observed: 1 of 2." in night_digest(night, (), "en").body


def test_an_empty_night_says_so_in_one_line():
    assert "Tidak ada yang baru" in night_digest(a_night(), (), "id").body
    assert night_digest(a_night(), (), "en").title.endswith(": nothing new")


def test_what_is_left_out_is_counted():
    findings = [a_finding("new", fingerprint=f"{number:016x}") for number in range(1_203)]
    night = a_night(journeys=[a_journey(findings=findings)])
    digest = night_digest(night, night_events(night), "en")
    assert "… and 203 more on the night's page" in digest.body


def test_the_disk():
    assert disk_event(6, 5) is None
    assert disk_event(4_000_000, 5_000_000).message.params == {"free_mb": 4, "least_mb": 5}
    kept = Kept(bundle="a/b", night=FIRST, limit="age", why="damaged")
    plan = PrunePlan(bundles=1, others=0, used_bytes=9, over_bytes=7_000_000)
    failed = Upkeep(step="prune", error="PruneFailed", detail="/home/siti cannot be removed")
    events = list(upkeep_events(Shared(problems=("x",)), plan, [kept], [failed]))
    body = watch_digest(FIRST, events, "en").body
    assert "2 files of the evidence are not what their seals say" in body
    assert "7 MB more than its budget" in body
    assert "retention" in body
    assert "siti" not in body


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_kind_has_its_words(lang):
    words = translate(lang)
    missing = [f"digest.{part}.{kind}" for kind in ORDER for part in ("group", "count")]
    missing += ["event.ended-by.deadline", "event.ended-by.interrupted"]
    assert [each for each in missing if not words.has(each)] == []
