"""Runs that would reach what only this machine or its network can (SSRF), by the address to start at.

Redirects, subresources and answers of name servers are held back by the checking proxy of the run itself,
which has its own tests (`tests/browse/proxy/`).
"""

from __future__ import annotations

from tests.review.attacks.listed import attack

INSIDE = (
    "http://127.0.0.1/",
    "http://127.1/",
    "http://0x7f000001/",
    "http://2130706433/",
    "http://0177.0.0.1/",
    "http://0.0.0.0/",
    "http://localhost/",
    "http://desk.localhost/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[fe80::1]/",
    "http://[fd00::1]/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.64.0.1/",
    "http://shop@127.0.0.1/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:text/html,x",
    "chrome://settings/",
    "view-source:http://127.0.0.1/",
)


TARGETS = """
[[targets]]
id = "shop"
scenario = "shop.py"
start_url = "{address}"
"""


def ask(world, named, **form):
    """Ask for a run at a desk whose targets name the address, so that nothing else stands in its way."""
    (world.folder / "shop.py").write_text("raise RuntimeError('closed')")
    (world.folder / "pantau.toml").write_text(TARGETS.format(address=named))
    client = world.visit("inspector", to=world.with_desk(targets=world.folder / "pantau.toml"))
    return client.post("/start", data={"device": "desktop", "target": "", **form})


def not_started(world, address):
    """Ask for a run by the target and by the address; what is begun reaches public addresses alone."""
    answers = [ask(world, address, target="shop"), ask(world, address, address=address)]
    begun = world.desk.started.all()
    assert [answer.status_code for answer in answers if answer.status_code not in (303, 400, 422)] == []
    assert len(begun) == sum(answer.status_code == 303 for answer in answers)
    for run in begun:
        assert run.asked.settings.public_only
        assert not run.asked.settings.allowed_ranges
    return "held to public addresses" if begun else "/".join(str(each.status_code) for each in answers)


for _address in INSIDE:
    attack("started runs", f"at {_address}")(lambda world, address=_address: not_started(world, address))
