"""Bodies that are too long, too many, or none."""

from __future__ import annotations

from crawler.review.desk import BodyBound, Limits
from tests.review.attacks.listed import attack, refused
from tests.review.walk import SAFE, operations


@attack("bodies", "longer than it may be, as it says itself")
def _(world):
    client = world.visit("administrator", Accept="application/json")
    for each in operations(world.app):
        if each.method not in SAFE and each.path not in world.desk.limits.uploads:
            refused(client.request(each.method, each.filled("1"), content=b"x" * (2**20 + 1)), 413)
    return "413"


@attack("bodies", "longer than it may be, in pieces")
def _(world):
    pieces = (b"x" * 65_536 for _ in range(40))
    client = world.visit("administrator", Accept="application/json")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return refused(client.post("/accounts/end-session", content=pieces, headers=headers), 413)


@attack("bodies", "a bundle from who may not bring one")
def _(world):
    app = world.with_desk(limits=Limits(upload=BodyBound(2**40, 3_600.0), body=BodyBound(1_000, 30.0)))
    for role in (None, "viewer", "reviewer"):
        answer = world.visit(role, to=app, Accept="application/json").post("/upload", content=b"x" * 2_000)
        refused(answer, 413)
    return "413"


@attack("bodies", "a length that is no number")
def _(world):
    client = world.visit("administrator", Accept="application/json")
    headers = {"Content-Length": "9" * 400, "Content-Type": "application/x-www-form-urlencoded"}
    return refused(client.post("/accounts/end-session", content=b"number=1", headers=headers), 413)


@attack("bodies", "ten thousand fields")
def _(world):
    data = {f"f{n}": "x" for n in range(10_000)}
    return refused(world.visit("administrator").post("/accounts/end-session", data=data), 400, 422)


@attack("bodies", "a form that is none")
def _(world):
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = world.visit("administrator").post(
        "/accounts/end-session", content=b"\x00\xff--x", headers=headers
    )
    return refused(answer, 400, 422)


@attack("bodies", "numbers beyond any")
def _(world):
    client = world.visit("administrator")
    for number in ("-1", "9" * 30, "1e9", "NaN", "", "1;DROP TABLE sessions"):
        refused(client.post("/accounts/end-session", data={"number": number}), 422)
    return "422"
