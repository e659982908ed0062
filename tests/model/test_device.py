"""Devices: what the browser is told of them."""

import pytest

from crawler.model.device import DEVICES


@pytest.mark.parametrize("device", DEVICES.values())
def test_the_screen_is_the_viewport_at_the_devices_scale(device):
    told = device.metrics()
    assert (told["width"], told["height"]) == (told["screenWidth"], told["screenHeight"]) == device.viewport
    assert told["deviceScaleFactor"] == device.scale


def test_a_phone_stands_upright_and_turns_with_a_wide_page():
    phone = DEVICES["mobile"]
    assert phone.metrics()["screenOrientation"] == {"angle": 0, "type": "portraitPrimary"}
    assert phone.metrics((915, 412))["screenOrientation"] == {"angle": 90, "type": "landscapePrimary"}


def test_a_desktop_keeps_the_browsers_own_words_and_is_never_upright():
    desktop = DEVICES["desktop"]
    assert desktop.user_agent is None
    assert desktop.metrics((400, 900))["screenOrientation"] == {"angle": 0, "type": "landscapePrimary"}


def test_a_phone_says_that_it_is_one():
    assert "Mobile" in DEVICES["mobile"].user_agent
