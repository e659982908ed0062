"""Playing the proxy that the desk believes."""

from __future__ import annotations

from ipaddress import ip_network

from tests.review.attacks.listed import attack, refused

PROXY = {"token": None, "proxies": (ip_network("10.9.0.0/30"),), "user_header": "X-Remote-User"}


@attack("proxies", "a user header where none is asked for")
def _(world):
    return refused(world.visit(**{"X-Remote-User": "administrator", "Accept": "*/*"}).get("/api/me"), 401)


@attack("proxies", "a user header from an address that is not named")
def _(world):
    client = world.visit(to=world.over(**PROXY), peer="10.9.0.9", **{"X-Remote-User": "administrator"})
    return refused(client.get("/accounts"), 403)


@attack("proxies", "a user header with a forwarded address of the proxy's")
def _(world):
    headers = {"X-Remote-User": "administrator", "X-Forwarded-For": "10.9.0.1"}
    return refused(world.visit(to=world.over(**PROXY), peer="10.9.0.9", **headers).get("/accounts"), 403)


@attack("proxies", "two user headers, the second smuggled")
def _(world):
    client = world.visit(to=world.over(**PROXY), peer="10.9.0.1")
    headers = [("X-Remote-User", "viewer"), ("X-Remote-User", "administrator")]
    return refused(client.get("/accounts", headers=headers), 403)


@attack("proxies", "a user whom nobody gave an account")
def _(world):
    client = world.visit(to=world.over(**PROXY), peer="10.9.0.1", **{"X-Remote-User": "stranger"})
    return refused(client.get("/"), 403)


@attack("proxies", "a user whose account is disabled")
def _(world):
    world.desk.accounts.disable("ani")
    client = world.visit(to=world.over(**PROXY), peer="10.9.0.1", **{"X-Remote-User": "ani"})
    return refused(client.get("/"), 403)
