"""Giving notice of a finding, and keeping what became of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawler.errors import ConfigError, JournalBroken
from crawler.fleet.events import notice_events
from crawler.fleet.notice import author, give, noticed_bundles
from crawler.history.remedies import notice_nights
from crawler.store.nights import night_folder, write_night
from crawler.store.notices import NOTICES, record_night, standings
from tests.nights import FIRST, a_finding, a_journey, a_night, bundle_name

DEADLINE = FIRST + timedelta(days=30)
PRINT = "0123456789abcdef"


@pytest.fixture
def nights(tmp_path):
    folder = tmp_path / "nights"
    findings = [a_finding("new", fingerprint=PRINT), a_finding("new", fingerprint="0123ffffffffffff")]
    mobile = a_journey(
        device="mobile", findings=[a_finding("new", fingerprint=PRINT, journey="toko-a/mobile")]
    )
    other = a_journey("toko-b", findings=[a_finding("new", fingerprint="aaaa" * 4, journey="toko-b/desktop")])
    twin = a_journey("toko-c", findings=[a_finding("new", fingerprint="aaaa" * 4, journey="toko-c/desktop")])
    write_night(
        night_folder(folder, FIRST), a_night(journeys=[a_journey(findings=findings), mobile, other, twin])
    )
    return folder


def send(nights, fingerprint=PRINT, **facts):
    values = {"letter": "B/12/PKTN", "deadline": DEADLINE, "today": FIRST}
    return give(nights, fingerprint, **(values | facts))


def test_a_notice_names_every_device_and_its_bundle(nights):
    notice = send(nights, PRINT[:6])
    assert (notice.number, notice.target, notice.fingerprint, notice.by) == (1, "toko-a", PRINT, author())
    assert [(each.device, each.bundle) for each in notice.before] == [
        ("desktop", bundle_name(FIRST)),
        ("mobile", bundle_name(FIRST, "toko-a/mobile")),
    ]
    assert [each.notice for each in standings(nights)] == [notice]
    assert noticed_bundles(nights) == {each.bundle: "B/12/PKTN" for each in notice.before}


@pytest.mark.parametrize(
    ("fingerprint", "facts", "said"),
    [
        ("0123", {}, "names 2 findings: toko-a payment"),
        ("012", {}, "too short"),
        ("bbbb", {}, "No night shows an open finding"),
        ("aaaa", {}, "names 2 findings: toko-b payment .*; toko-c payment"),
        ("aaaa", {"target": "toko-a"}, "No night shows"),
        (PRINT, {"deadline": FIRST - timedelta(days=1)}, "has passed already"),
    ],
)
def test_what_names_no_single_open_finding_is_refused(nights, fingerprint, facts, said):
    with pytest.raises(ConfigError, match=said):
        send(nights, fingerprint, **facts)
    assert standings(nights) == ()


def test_the_target_tells_twins_apart(nights):
    assert send(nights, "aaaa", target="toko-c").target == "toko-c"


def test_the_same_letter_is_recorded_once(nights):
    send(nights)
    with pytest.raises(ConfigError, match="recorded for this finding already"):
        send(nights)
    assert send(nights, letter="B/13/PKTN").number == 2


def test_a_remedied_finding_takes_no_notice(nights):
    on = FIRST + timedelta(days=1)
    gone = [a_journey(on=on, findings=[a_finding("gone", fingerprint="0123ffffffffffff")])]
    write_night(night_folder(nights, on), a_night(on, gone))
    with pytest.raises(ConfigError, match="No night shows an open finding"):
        send(nights, "0123f")


def test_later_nights_are_kept_once_and_move_events(nights):
    notice = send(nights, "0123f")
    days = [("still-there", 1), ("gone", 2), (None, 3), ("new", 4), ("new", 31)]
    moved = []
    for state, day in days:
        on = FIRST + timedelta(days=day)
        findings = [a_finding(state, fingerprint=notice.fingerprint)] if state else []
        night = a_night(on, [a_journey(on=on, findings=findings)])
        before = standings(nights, before=on)
        record_night(nights, notice_nights(before, night))
        assert record_night(nights, notice_nights(before, night)) == ()  # the same night, once more
        moved.append([event.message.id for event in notice_events(before, standings(nights))])
    assert moved == [[], ["event.notice-remedied"], [], ["event.notice-returned"], ["event.notice-overdue"]]


def test_a_changed_record_is_found_and_nothing_is_added(nights):
    send(nights)
    send(nights, letter="B/13/PKTN")
    path = nights / NOTICES
    path.write_bytes(path.read_bytes().replace(b"2026-12-02", b"2027-12-02"))
    for use in (lambda: standings(nights), lambda: send(nights, letter="B/14/PKTN")):
        with pytest.raises(JournalBroken, match="line 2"):
            use()
