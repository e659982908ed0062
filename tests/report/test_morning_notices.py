"""Notices on the morning page: how each stands, before and after side by side, in both languages."""

from __future__ import annotations

import re
from datetime import date

import pytest

from crawler.lib.i18n import LANGUAGES, translate
from crawler.model.after import AfterNight
from crawler.model.alert import AlertOutcome, ChannelResult, Event
from crawler.model.finding import Message
from crawler.model.notice import Before, Notice, NoticeNight, Side, Standing
from tests.report.test_morning import Links, Shop, journey, plain, storefront

NIGHT = date(2024, 3, 12)
STATES = {
    ("open", False): "not remedied",
    ("open", True): "past the deadline, not remedied",
    ("remedied", False): "remedied",
    ("remedied", True): "remedied past the deadline",
    ("returned", False): "back after it was remedied",
    ("not-observed", True): "past the deadline, not observed",
}


def a_standing(shop, old, new, state="open", *, overdue=False, since=NIGHT, **facts):
    found = shop.finding(old, "new")
    values = {"number": 1, "letter": "B/12 <b>", "given": date(2024, 3, 1), "deadline": date(2024, 3, 20)}
    notice = Notice(
        **(values | facts), by="siti@pantau", target="toko", rule=found.rule, stage=found.stage,
        fingerprint=found.fingerprint, before=(Before(device="desktop", bundle=old),),
    )  # fmt: skip
    seen = {"remedied": "gone", "not-observed": "unseen"}.get(state, "there")
    side = Side(device="desktop", state=seen, before=old, after=new)
    last = NoticeNight(
        notice=notice.number, night=NIGHT, state=state, overdue=overdue, since=since, sides=(side,)
    )
    return Standing(notice=notice, last=last)


def an_after(*standings, channels=(), events=()):
    told = AlertOutcome(date=NIGHT, sent="2024-03-12T18:00:00.000Z", channels=channels, events=events)
    return AfterNight(date=NIGHT, notices=standings, free_bytes=1, alerts=told, exit_code=0)


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """Return a shop with two runs: the name stood there, and stands there no more."""
    made = Shop(tmp_path_factory.mktemp("shop"))
    made.nights.mkdir()
    return made, made.walk(storefront("TikTok Shop")), made.walk(storefront("Shop Tokopedia"))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("state", "overdue"), STATES)
def test_it_stands_with_the_place_before_and_after(walked, state, overdue, lang):
    shop, old, new = walked
    text = shop.page(
        journey(new), lang=lang, after=an_after(a_standing(shop, old, new, state, overdue=overdue))
    )
    assert len(Links(text).srcs) == 2
    said = translate(lang)(f"notice-state.{state}{'-late' if overdue else ''}")
    assert said in plain(text)
    assert lang != "en" or said == STATES[state, overdue]
    assert "B/12 &lt;b&gt;" in text
    assert not re.search(r"\b(morning|notice-state|notice-side)\.[a-z]", plain(text))


def test_where_nobody_looked_there_is_no_picture_after(walked):
    shop, old, _ = walked
    text = shop.page(journey(None), after=an_after(a_standing(shop, old, None, "not-observed")))
    assert len(Links(text).srcs) == 1
    assert "not observed" in plain(text)


def test_what_was_remedied_before_is_over(walked):
    shop, old, new = walked
    done = a_standing(shop, old, new, "remedied", since=date(2024, 3, 11))
    assert 'id="notices"' not in shop.page(journey(new), after=an_after(done))


def test_the_most_urgent_comes_first(walked):
    shop, old, new = walked
    listed = [
        a_standing(shop, old, new, "remedied", number=1, letter="L1"),
        a_standing(shop, old, new, "open", number=2, letter="L2"),
        a_standing(shop, old, new, "open", overdue=True, number=3, letter="L3"),
    ]
    text = plain(shop.page(journey(new), after=an_after(*listed)))
    assert text.index("Letter L3") < text.index("Letter L2") < text.index("Letter L1")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_dead_channel_and_the_disk_are_told(walked, lang):
    shop, _, run = walked
    dead = ChannelResult(channel="1 (mailto)", why=Message(id="channel.status", params={"status": "550"}))
    low = Event(
        kind="disk-low", message=Message(id="event.disk-low", params={"free_mb": 12, "least_mb": 5_000})
    )
    text = plain(shop.page(journey(run), lang=lang, after=an_after(channels=(dead,), events=(low,))))
    assert "1 (mailto)" in text
    assert "550" in text
    assert "12 MB" in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_reason_of_a_channel_has_a_sentence_for_the_page(lang):
    words = translate(lang)
    names = ("status", "timeout", "unreachable", "not-taken", "bad-address", "variable", "broken")
    assert [name for name in names if not words.has(f"morning.channel.{name}")] == []


def test_the_fingerprint_stands_beside_a_finding(walked):
    shop, new, _ = walked
    found = shop.finding(new, "new")
    assert f"·{found.fingerprint}" in plain(shop.page(journey(new, found))).replace(" ", "")
