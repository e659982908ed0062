"""`pantau status`: how the nights stand."""

from __future__ import annotations

from tests.mailbox import webhook


def test_a_missing_night_is_told_once(configure, pantau):
    code, out, _ = pantau("status")
    assert code == 3
    assert "No night is running." in out
    assert "Last night 5 November 2026" in out
    assert "2 of 2 journeys observed" in out
    assert "has no record" in out
    with webhook() as hook:
        alerts = f'[alerts]\nchannels = ["{hook.url()}"]\n'
        configure(alerts)
        assert pantau("status", "--alert")[0] == 3
        assert pantau("status", "--alert", "--json")[0] == 3
        code, out, _ = pantau("status", "--alert", "--failed", "pantau-night")
    assert "The systemd unit pantau-night failed." in out
    assert "Channel 1 (json): delivered" in out
    assert len(hook.bodies) == 2
