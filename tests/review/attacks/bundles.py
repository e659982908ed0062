"""Bundles that are brought to harm: each stays in quarantine, and nothing of it is written elsewhere."""

from __future__ import annotations

import io
import zipfile

from tests.bundles import a_visit, make_bundle
from tests.review.attacks.listed import attack
from tests.zips import LINK, altered, entry, zip_of


def kept_away(world, data):
    """Bring a file, and see that no run came of it."""
    before = sorted(path for path in world.folder.rglob("*") if ".desk" not in path.parts)
    client = world.visit("inspector", Accept="application/json")
    answer = client.post("/api/upload", files={"bundle": ("laptop.zip", data, "application/zip")})
    assert answer.status_code < 500
    assert sorted(path for path in world.folder.rglob("*") if ".desk" not in path.parts) == before
    assert [path for path in world.desk.snapshots.iterdir() if path.name[0] != "."] == []
    return f"{answer.status_code}, quarantined" if answer.status_code < 400 else str(answer.status_code)


def laptop(world):
    return make_bundle(world.folder / "laptop", [a_visit("storefront", text=["Kopi"])]).root


def with_extra(world, name, data=b"x", *, attributes=0):
    return zip_of(
        laptop(world), world.folder / "packed.zip", extra=[(entry(name, attributes=attributes), data)]
    ).read_bytes()


SLIPS = (
    "../../../outside",
    "/etc/cron.d/outside",
    "..\\..\\outside",
    "test-shop/../../outside",
    "C:\\outside",
)
for _name in SLIPS:
    attack("bundles", f"a file that leads out as {_name}")(
        lambda world, name=_name: kept_away(world, with_extra(world, name))
    )


@attack("bundles", "a link out of the folder")
def _(world):
    return kept_away(world, with_extra(world, "link", b"/etc/passwd", attributes=LINK))


@attack("bundles", "a thousand times as large as it is packed")
def _(world):
    root = laptop(world)
    bomb = entry(f"{root.parent.name}/{root.name}/data/x")
    bomb.compress_type = zipfile.ZIP_DEFLATED
    path = zip_of(root, world.folder / "packed.zip", extra=[(bomb, bytes(64 * 2**20))])
    assert path.stat().st_size < 2**20
    return kept_away(world, path.read_bytes())


@attack("bundles", "a picture changed after it was sealed")
def _(world):
    path = zip_of(laptop(world), world.folder / "packed.zip", extra=[])
    data = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(data, "w") as new:
        for each in old.infolist():
            body = old.read(each)
            new.writestr(
                each, body.replace(b"Kopi", b"Teh!") if each.filename.endswith("text.json") else body
            )
    return kept_away(world, data.getvalue())


@attack("bundles", "what is no ZIP")
def _(world):
    return kept_away(world, b"GIF89a" + bytes(5_000))


@attack("bundles", "a ZIP whose list of files lies")
def _(world):
    path = zip_of(laptop(world), world.folder / "packed.zip")
    return kept_away(world, altered(path, b"PK\x01\x02", b"PK\x01\x09").read_bytes())
