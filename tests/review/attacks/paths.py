"""Leading out of the folder of the bundles."""

from __future__ import annotations

import pytest

from crawler.review import paths
from crawler.review.refusal import Refusal
from tests.review.attacks.listed import LEAKS, attack, refused
from tests.review.walk import operations

TRAVERSALS = (
    "../../etc/passwd",
    ".desk/accounts.db",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "%2fetc%2fpasswd",
    ".desk%2faccounts.db",
    "x%00.png",
    "a" * 5_000,
    "..",
    "..%5c..%5cwindows",
    "/etc/passwd",
    "....//....//etc/passwd",
    "%c0%ae%c0%ae/",
    "con\u202e/..",
)


@attack("paths", "leading out of the folder by every parameter of a path")
def _(world):
    client, walked = world.visit("administrator"), 0
    for each in operations(world.app):
        names = [name for place, name in each.parameters if place == "path"]
        for name in names:
            for value in TRAVERSALS[:8]:
                answer = client.request(each.method, each.filled("x", **{name: value}))
                if answer.request.url.path.startswith(
                    each.path.partition("{")[0]
                ):  # else the client made it plain
                    refused(answer, 303, 400, 403, 404, 405, 409, 414, 415, 422)
                walked += 1
    return f"refused {walked} times"


@attack("paths", "leading out of the folder by every parameter of a query")
def _(world):
    client, walked = world.visit("administrator"), 0
    for each in operations(world.app):
        names = [name for place, name in each.parameters if place == "query"]
        for name in names if each.method == "GET" else ():
            for value in TRAVERSALS[:2]:
                answer = client.get(each.filled(), params={name: value})
                assert answer.status_code < 500, (each, value)
                assert not any(leak in answer.content for leak in LEAKS), (each, value)
                walked += 1
    return f"held {walked} times"


def kept_inside(folder, *parts):
    with pytest.raises(Refusal) as told:
        paths.inside(folder, *parts)
    return str(told.value.status)


for _value in (
    "..",
    "../x",
    "a/../../x",
    "/etc/passwd",
    ".desk",
    "a/.desk",
    "a\\..",
    "a\x00b",
    "",
    "a//b",
    ".",
):
    attack("paths", f"to a file as {_value!a}")(
        lambda world, value=_value: kept_inside(world.desk.snapshots, value)
    )


@attack("paths", "through a link that leads out")
def _(world):
    (world.desk.snapshots / "shop").mkdir()
    (world.desk.snapshots / "shop" / "run").symlink_to("/etc")
    return kept_inside(world.desk.snapshots, "shop", "run", "passwd")


@attack("paths", "a run whose folder is a link to another place")
def _(world):
    (world.folder / "elsewhere").mkdir()
    (world.desk.snapshots / "shop").symlink_to(world.folder)
    with pytest.raises(Refusal):
        paths.run_folder(world.desk.snapshots, "shop", "elsewhere")
    return "404"


@attack("paths", "to the desk's own accounts as an asset")
def _(world):
    client = world.visit()
    for value in TRAVERSALS:
        refused(client.get(f"/static/{value}"), 404, 303, 405, 414)
    return "404"
