"""Doing what one has no role for."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from crawler.model.account import Role
from tests.review.attacks.listed import attack, refused
from tests.review.walk import operations


@attack("roles", "every route without a log-in")
def _(world):
    client = world.visit(Accept="application/json")
    walked = [each for each in operations(world.app) if not each.is_open]
    for each in walked:
        assert client.request(each.method, each.filled()).status_code == 401, each
    return f"401 on {len(walked)}"


def every_route_of_others(world, role):
    client = world.visit(role, Accept="application/json")
    walked = [each for each in operations(world.app) if not each.scopes & {"anyone", Role.VIEWER, role}]
    for each in walked:
        assert client.request(each.method, each.filled()).status_code == 403, each
    return f"403 on {len(walked)}"


for _role in (Role.VIEWER, Role.INSPECTOR, Role.REVIEWER):
    attack("roles", f"every route that {_role.value} has no role for")(
        lambda world, role=_role: every_route_of_others(world, role)
    )


@attack("roles", "a role that was taken away meanwhile")
def _(world):
    client = world.visit("administrator")
    with closing(sqlite3.connect(world.desk.accounts.path)) as connection, connection:
        connection.execute("UPDATE accounts SET roles = 'viewer' WHERE name = 'administrator'")
    return refused(client.get("/accounts"), 403)
