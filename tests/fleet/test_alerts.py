"""A digest arrives at real servers; a channel that fails is a result, told without its address."""

from __future__ import annotations

import time

import pytest

from crawler.fleet import channel
from crawler.fleet.alerts import send_digest, send_ping
from crawler.lib.i18n import LANGUAGES, translate
from crawler.model.alert import Digest
from crawler.model.target import Alerts
from tests.mailbox import free_port, mailbox, webhook

DIGEST = Digest(
    title="Pantau 2 November 2026: 2 temuan baru", body="TEMUAN BARU (2)\n- toko-a: <b>ü</b> & “x”"
)
SECRET = "hunter2-kata-sandi"


@pytest.fixture
def box():
    with mailbox() as served:
        yield served


@pytest.fixture
def hook():
    with webhook() as served:
        yield served


def test_it_arrives_by_mail_as_plain_text_that_reads_the_same(box):
    (result,) = send_digest(DIGEST, Alerts(channels=(box.url,)))
    assert (result.channel, result.why) == ("1 (mailto)", None)
    (mail,) = box.messages
    assert mail["subject"] == DIGEST.title
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().splitlines() == DIGEST.body.splitlines()


def test_by_mail_as_html_nothing_in_it_is_markup(box):
    send_digest(DIGEST, Alerts(channels=(box.url + "&format=html",)))
    html = box.messages[0].get_body(("html",)).get_content()
    assert "&lt;b&gt;" in html
    assert "<b>" not in html


def test_it_arrives_at_a_webhook(hook):
    (result,) = send_digest(DIGEST, Alerts(channels=(hook.url(),)))
    assert result.delivered
    assert [(body["title"], body["message"]) for body in hook.bodies] == [(DIGEST.title, DIGEST.body)]


def test_a_long_digest_arrives_whole_in_parts(hook):
    lines = [f"- toko-{number}, ponsel, Pembayaran: nama merek {number}" for number in range(2_000)]
    long = Digest(title=DIGEST.title, body="\n".join(lines))
    (result,) = send_digest(long, Alerts(channels=(hook.url(),)))
    assert result.delivered
    assert len(hook.bodies) > 1
    assert max(len(body["message"]) for body in hook.bodies) <= 32_768
    assert [line for body in hook.bodies for line in body["message"].splitlines() if line] == lines


@pytest.fixture
def hooks():
    with webhook() as first, webhook() as second, webhook() as third, webhook() as fourth:
        yield first, second, third, fourth


def test_webhooks_that_fail_are_told_within_their_time(hooks):
    for hook, answer in zip(hooks, (500, 404, "hang", "drip"), strict=True):
        hook.answer = answer
    began = time.monotonic()
    urls = tuple(hook.url(f"/{SECRET}") for hook in hooks)
    results = send_digest(DIGEST, Alerts(channels=urls, timeout_s=8))
    assert time.monotonic() - began < 60
    assert [(each.why.id, each.why.params) for each in results] == [
        ("channel.status", {"status": "500"}),
        ("channel.status", {"status": "404"}),
        ("channel.timeout", {}),
        ("channel.timeout", {}),
    ]
    assert SECRET not in "".join(each.model_dump_json() for each in results)


def test_where_nobody_listens():
    away = f"127.0.0.1:{free_port()}"
    channels = (f"json://{away}/", f"mailto://{away}?mode=insecure&to=a@b.test&from=c@d.test")
    results = send_digest(DIGEST, Alerts(channels=channels))
    assert [each.why.id for each in results] == ["channel.unreachable"] * 2


def test_a_mail_server_that_refuses(box):
    box.refusal = "550 no such user"
    (result,) = send_digest(DIGEST, Alerts(channels=(box.url,)))
    assert result.why.id in ("channel.status", "channel.not-taken")
    assert "siti" not in result.model_dump_json()


def test_what_is_no_address_is_told():
    results = send_digest(DIGEST, Alerts(channels=("nowhere", "zzz://x", "json://", "mailto://")))
    assert [each.why.id for each in results] == ["channel.bad-address"] * 4


def test_one_dead_channel_keeps_no_other_from_it(hook, box):
    channels = (f"json://127.0.0.1:{free_port()}", hook.url(), "zzz://", box.url)
    results = send_digest(DIGEST, Alerts(channels=channels))
    assert [result.delivered for result in results] == [False, True, False, True]
    assert [result.channel for result in results] == ["1 (json)", "2 (json)", "3 (zzz)", "4 (mailto)"]
    assert (len(hook.bodies), len(box.messages)) == (1, 1)


def test_secrets_come_from_the_environment(hook):
    alerts = Alerts(channels=("json://127.0.0.1:${PORT}/${TOKEN}", "${WHOLE}", "json://x/${NOT_SET}"))
    variables = {"PORT": str(hook.port), "TOKEN": SECRET, "WHOLE": hook.url()}
    results = send_digest(DIGEST, alerts, variables)
    assert [result.why and result.why.id for result in results] == [None, None, "channel.variable"]
    assert [result.channel for result in results] == ["1 (json)", "2 (${WHOLE})", "3 (json)"]
    assert SECRET not in "".join(result.model_dump_json() for result in results)
    assert len(hook.bodies) == 2


def test_the_ping_is_asked_for(hook):
    assert send_ping(Alerts()) is None
    alerts = Alerts(ping_url=f"http://127.0.0.1:{hook.port}/${{KEY}}")
    assert send_ping(alerts, {"KEY": SECRET}).delivered
    assert hook.asked == [f"/{SECRET}"]


def test_a_ping_that_fails_is_told(hook):
    hook.answer = "drip"
    result = send_ping(Alerts(ping_url=f"http://127.0.0.1:{hook.port}/", timeout_s=4))
    assert result.why.id == "channel.timeout"
    hook.answer = 503
    why = channel.ping(f"http://127.0.0.1:{hook.port}/", 20)
    assert (why["id"], why["params"]) == ("channel.status", {"status": "503"})


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://127.0.0.1/", "x"])
def test_a_ping_goes_by_http_alone(address):
    assert channel.ping(address, 20)["id"] == "channel.bad-address"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_reason_has_a_sentence(lang):
    names = ("status", "timeout", "unreachable", "not-taken", "bad-address", "variable", "broken")
    assert [name for name in names if not translate(lang).has(f"channel.{name}")] == []
