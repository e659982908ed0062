"""A scenario has no way past the guard: what it tries raises, and what a page does goes on."""

import pytest

pytestmark = pytest.mark.browser

TRIES = """
import socket, subprocess, urllib.request
url = journey.start_url + "order"
tries = {
    "page.request": lambda: page.request.post(url),
    "context.request": lambda: page.context.request.get(url),
    "context": lambda: page.context.browser.new_context(),
    "launch": lambda: page.context.browser.browser_type.launch(),
    "session": lambda: page.context.new_cdp_session(page),
    "route": lambda: page.route("**", print),
    "socket": lambda: socket.create_connection(("127.0.0.1", 9)),
    "urllib": lambda: urllib.request.urlopen(url),
    "program": lambda: subprocess.run(["true"]),
}
told = {}
with journey.stage(Stage.STOREFRONT):
    page.goto(journey.start_url)
for name, go in tries.items():
    try:
        go()
        told[name] = "went through"
    except Exception as error:
        told[name] = type(error).__name__
with journey.stage(Stage.PRODUCT):
    page.goto(journey.start_url + "product")
    page.get_by_role("heading", name="Produk").wait_for()
    assert set(told.values()) == {"ScenarioError"}, told
"""


def test_every_way_past_the_guard_raises_and_pages_go_on(walk, site):
    run = walk(TRIES).run
    assert [(visit.reached, visit.detail) for visit in run.visits] == [(True, ""), (True, "")]
    assert not [entry for entry in site.asked if entry.endswith("/order")]
