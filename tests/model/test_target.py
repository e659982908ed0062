"""Targets and settings of a night: defaults, sites, and what two targets cannot both say."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from crawler.model.target import Alerts, Config, NightSettings, Target

SHOP = {"id": "toko-a", "start_url": "https://www.tokopedia.com/"}


@pytest.mark.parametrize(
    ("facts", "site"),
    [
        (SHOP, "tokopedia.com"),
        (SHOP | {"start_url": "https://toko.go.id/beli"}, "toko.go.id"),
        (SHOP | {"start_url": "http://127.0.0.1:8080/"}, "127.0.0.1"),
        (SHOP | {"site": "shop-farm"}, "shop-farm"),
        ({"id": "toko-a", "scenario": "scenarios/a.py"}, "toko-a"),
    ],
)
def test_the_pace_holds_for_the_registrable_domain_unless_a_site_is_named(facts, site):
    assert Target.model_validate(facts).pace_site == site


@pytest.mark.parametrize(
    "facts",
    [
        {"id": "toko-a"},
        SHOP | {"devices": []},
        SHOP | {"devices": ["mobile", "mobile"]},
        SHOP | {"start_url": "ftp://toko.example/"},
        SHOP | {"resolve": ["toko.example"]},
        SHOP | {"pace": {"at_once": 0}},
        SHOP | {"colour": "green"},
    ],
)
def test_what_no_target_can_be_is_refused(facts):
    with pytest.raises(ValidationError):
        Target.model_validate(facts)


def test_hosts_are_mapped_as_on_the_command_line():
    target = Target.model_validate(SHOP | {"resolve": ["Toko.example=127.0.0.1:8443", "*=~NOTFOUND"]})
    assert [(each.host, each.target) for each in target.resolve] == [
        ("toko.example", "127.0.0.1:8443"),
        ("*", "~NOTFOUND"),
    ]


def test_a_zone_that_there_is_not_is_refused():
    with pytest.raises(ValidationError, match="no time zone"):
        NightSettings(zone="Asia/Nowhere")
    with pytest.raises(ValidationError, match="no time zone"):
        NightSettings(zone="../../etc/passwd")


def test_alerts_name_the_variables_they_need():
    alerts = Alerts(
        channels=("mailto://u:${MAIL_PASSWORD}@mail.example", "json://${HOST}/${MAIL_PASSWORD}"),
        ping_url="https://watch.example/${PING}",
    )
    assert alerts.variables == ("MAIL_PASSWORD", "HOST", "PING")


@pytest.mark.parametrize(
    ("second", "where"),
    [
        (SHOP, ("targets", 1, "id")),
        (SHOP | {"id": "toko-b", "pace": {"at_once": 2}}, ("targets", 1, "pace")),
        (SHOP | {"id": "toko-b"}, None),
    ],
)
def test_two_targets_may_not_contradict_each_other(second, where):
    conflict = Config.model_validate({"targets": [SHOP, second]}).conflict()
    assert (conflict and conflict[0]) == where


def test_journeys_come_by_priority_then_as_listed():
    config = Config.model_validate(
        {"targets": [SHOP | {"devices": ["mobile"]}, SHOP | {"id": "toko-b", "priority": 9}]}
    )
    assert [(target.id, device) for target, device in config.journeys()] == [
        ("toko-b", "desktop"),
        ("toko-b", "mobile"),
        ("toko-a", "mobile"),
    ]
    assert config.target("toko-c") is None
