"""Names that an attacker points at the desk (DNS rebinding)."""

from __future__ import annotations

from tests.review.attacks.listed import attack, refused
from tests.review.conftest import TOKEN

HOSTS = {
    "a name that an attacker points here": "evil.example",
    "the same with our port": "evil.example:8731",
    "a name that begins alike": "127.0.0.1.evil.example",
    "a name behind an @": "127.0.0.1@evil.example",
    "a name of this machine in another spelling": "2130706433",
    "a name with a dot at its end": "localhost.",
    "no name": "",
    "what is no name": "[::1",
}


def every_page_as(world, host):
    client = world.visit("administrator")
    for path in ("/", "/log-in", "/api/me", f"/enter?token={TOKEN}"):
        refused(client.get(path, headers={"Host": host}), 421, 400)
    return refused(client.post("/log-out", headers={"Host": host, "Origin": f"http://{host}"}), 421, 400)


for _what, _host in HOSTS.items():
    attack("host names", _what)(lambda world, host=_host: every_page_as(world, host))


@attack("host names", "a forwarded host")
def _(world):
    client = world.visit("viewer", **{"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"})
    assert "evil.example" not in client.get("/").text
    return "not believed"
