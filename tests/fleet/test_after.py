"""What follows a night: done once, told to somebody, and without harm to the night where it fails."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from crawler.errors import NightUnwritable, PoolUnusable
from crawler.fleet import after
from crawler.fleet.after import AFTER, HEARTBEAT, METRICS, finish_night
from crawler.fleet.notice import give
from crawler.model.after import AfterNight
from crawler.model.target import Config
from crawler.store.nights import night_folder, write_night
from crawler.store.verify import verify
from tests.bundles import a_request
from tests.mailbox import free_port, mailbox
from tests.nights import FIRST, a_finding, a_journey, a_night, bundle_name, make_night_bundles

BODY = [a_request("https://www.tokopedia.com/a.js", response_body=b"let a = 1;\n" * 40_000)]
QUIET = {"alerts": {"disk_low_bytes": 0}}


def finished(tmp_path, night, config=None, **facts):
    nights = tmp_path / "nights"
    write_night(night_folder(nights, night.date), night)
    out = make_night_bundles(tmp_path, night, requests=BODY)
    return finish_night(night, Config.model_validate(config or QUIET), out=out, nights=nights, **facts)


def metrics(tmp_path):
    text = (tmp_path / "nights" / METRICS).read_text()
    return {
        (sample.name.removeprefix("pantau_night_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_digest_arrives_and_all_is_recorded(tmp_path):
    night = a_night(journeys=[a_journey(findings=[a_finding("new")])], exit_code=1)
    with mailbox() as box:
        alerts = {"channels": [box.url], "lang": "id", "disk_low_bytes": 0}
        done = finished(tmp_path, night, {"alerts": alerts}, page=Path("nights/2026-11-02/index.html"))
    (mail,) = box.messages
    assert mail["subject"] == "Pantau 2 November 2026: 1 temuan baru"
    assert "TEMUAN BARU (1)" in mail.get_content()
    assert (done.exit_code, done.alerts.failed, done.failed) == (1, (), ())
    kept = (tmp_path / "nights/2026-11-02" / AFTER).read_text()
    assert AfterNight.model_validate_json(kept) == done
    beat = json.loads((tmp_path / "nights" / HEARTBEAT).read_text())
    assert beat == {"date": "2026-11-02", "ended": night.ended, "exit_code": 1, "void": False}


@pytest.mark.parametrize(("own", "wanted"), [(0, 3), (1, 1), (3, 3), (6, 6)])
def test_a_dead_channel_is_told_by_the_exit_code_and_never_fatal(tmp_path, own, wanted):
    dead = {"alerts": {"channels": [f"json://127.0.0.1:{free_port()}"], "disk_low_bytes": 0}}
    done = finished(tmp_path, a_night(exit_code=own), dead)
    assert done.exit_code == wanted
    assert [each.why.id for each in done.alerts.failed] == ["channel.unreachable"]
    assert metrics(tmp_path)["alert_channel_up", "1 (json)"] == 0


def test_it_is_done_once(tmp_path):
    night = a_night()
    with mailbox() as box:
        config = {"alerts": {"channels": [box.url], "disk_low_bytes": 0}}
        first = finished(tmp_path, night, config)
        again = finish_night(
            night, Config.model_validate(config), out=tmp_path / "snapshots", nights=tmp_path / "nights"
        )
    assert again == first
    assert len(box.messages) == 1


def test_only_the_kinds_that_are_asked_for_are_sent(tmp_path):
    night = a_night(journeys=[a_journey(findings=[a_finding("new")]), a_journey("toko-b", bundle=None)])
    with mailbox() as box:
        done = finished(tmp_path, night, {"alerts": {"channels": [box.url], "on": ["not-observed"]}})
    assert box.messages[0]["subject"] == "Pantau 2 November 2026: 1 tidak teramati"
    assert {event.kind for event in done.alerts.events} >= {"new", "not-observed"}


def test_a_second_night_shares_and_old_ones_go(tmp_path):
    config = QUIET | {"retention": {"keep_nights": 2}}
    nights = [a_night(FIRST + timedelta(days=day)) for day in range(4)]
    done = [finished(tmp_path, night, config) for night in nights]
    assert done[1].shared.saved_bytes >= 400_000
    assert [line.bundle for each in done for line in each.pruned] == [
        bundle_name(each.date) for each in nights[:2]
    ]
    assert done[2].pruned[0].by.endswith("(night 2026-11-04)")
    for night in nights[2:]:
        assert verify(str(tmp_path / "snapshots" / bundle_name(night.date))) == []


def test_notices_follow_the_night(tmp_path):
    finished(tmp_path, a_night(journeys=[a_journey(findings=[a_finding("new")])]))
    give(tmp_path / "nights", "ffff", letter="B/1", deadline=FIRST + timedelta(days=9), today=FIRST)
    on = FIRST + timedelta(days=1)
    done = finished(tmp_path, a_night(on, [a_journey(on=on, findings=[a_finding("gone")])]))
    assert [each.last.state for each in done.notices] == ["remedied"]
    assert [event.message.id for event in done.alerts.events] == ["event.remedied", "event.notice-remedied"]
    assert metrics(tmp_path)["notices", "false", "remedied"] == 1


def test_a_step_that_fails_is_told_and_harms_nothing(tmp_path, monkeypatch):
    def fail(*_args):
        raise PoolUnusable("/x cannot be shared: No space left on device.")

    monkeypatch.setattr(after, "share_files", fail)
    done = finished(tmp_path, a_night())
    assert [(each.step, each.error) for each in done.failed] == [("share", "PoolUnusable")]
    assert [event.message.id for event in done.alerts.events] == ["event.upkeep"]


def test_a_broken_record_of_notices_is_told(tmp_path):
    (tmp_path / "nights").mkdir()
    (tmp_path / "nights/notices.jsonl").write_text("{}\n")
    done = finished(tmp_path, a_night())
    assert {(each.step, each.error) for each in done.failed} == {("notices", "JournalBroken")}
    assert (tmp_path / "nights/notices.jsonl").read_text() == "{}\n"


def test_a_heartbeat_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "nights" / HEARTBEAT).mkdir(parents=True)
    with pytest.raises(NightUnwritable, match="heartbeat.json cannot be written"):
        finished(tmp_path, a_night())
    assert (tmp_path / "nights/2026-11-02" / AFTER).is_file()
    assert [path for path in (tmp_path / "nights").iterdir() if path.suffix == ".unfinished"] == []


def test_low_disk_and_a_budget_that_cannot_be_met(tmp_path):
    config = {"alerts": {"disk_low_bytes": 2**60}, "retention": {"budget_bytes": 1}}
    done = finished(tmp_path, a_night(), config)
    assert [event.message.id for event in done.alerts.events] == ["event.disk-low", "event.over-budget"]
    assert metrics(tmp_path)["disk_over_budget_bytes",] == done.plan.over_bytes > 0


def test_the_textfile_keeps_the_time_of_the_last_good_night(tmp_path):
    good = a_night()
    finished(tmp_path, good)
    was = metrics(tmp_path)["last_success_timestamp_seconds",]
    finished(tmp_path, a_night(FIRST + timedelta(days=1), canary="missed"))
    now = metrics(tmp_path)
    assert now["last_success_timestamp_seconds",] == was
    assert now["last_run_timestamp_seconds",] == was + 86_400
    assert now["void",] == 1
    assert now["journey_peak_memory_bytes", "1", "desktop", "toko-a"] == 900_000_000
    assert now["findings", "desktop", "new", "toko-a"] == 0


def test_what_was_not_measured_is_not_written_as_nought(tmp_path):
    night = a_night(canary=None)
    night = night.model_copy(
        update={"outcomes": tuple(each.model_copy(update={"cpu_s": None}) for each in night.outcomes)}
    )
    finished(tmp_path, night)
    assert not [key for key in metrics(tmp_path) if key[0] in ("canary_recall_ratio", "journey_cpu_seconds")]
