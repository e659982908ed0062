"""Doing something that leaves no trace."""

from __future__ import annotations

from tests.review.attacks.listed import attack, refused


@attack("custody", "doing something after the log was changed")
def _(world):
    client = world.visit("administrator", Accept="application/json")
    client.post("/accounts/end-session", data={"number": 999})
    client.post("/accounts/end-session", data={"number": 999})
    (path,) = world.desk.folder.glob("custody-*.jsonl")
    path.write_bytes(path.read_bytes().replace(b"administrator", b"somebody-else", 1))
    key = world.desk.accounts.start_session("ani", "password")
    number = max(each.number for each in world.desk.accounts.open_sessions())
    answer = client.post("/accounts/end-session", data={"number": number})
    assert world.desk.accounts.whose_session(key) is not None
    assert "chain" in client.get("/custody", headers={"Accept": "text/html"}).text
    return refused(answer, 503)


@attack("custody", "doing something that cannot be noted")
def _(world):
    world.desk.folder.joinpath("custody-0001.jsonl").mkdir()
    key = world.desk.accounts.start_session("ani", "password")
    number = max(each.number for each in world.desk.accounts.open_sessions())
    answer = world.visit("administrator").post("/accounts/end-session", data={"number": number})
    assert world.desk.accounts.whose_session(key) is not None
    return refused(answer, 503)
