"""Pages of 60,000 px and more scroll and zoom in the desk; every tile is small, the original a click away."""

from __future__ import annotations

import io
import shutil
from datetime import UTC, datetime

import pytest
from PIL import Image, ImageDraw

from crawler.checks.engine import write
from crawler.model.account import Account, Role
from crawler.review.desk import Desk, Entrance
from crawler.review.pictures import TILE_PX, Copies, levels
from crawler.review.refusal import Refusal
from crawler.store import index
from crawler.store.accounts import Accounts
from crawler.store.custody import Custody
from tests.bundles import a_visit, make_bundle
from tests.report.samples import a_finding, sample_judgement
from tests.review.serving import served

STALL_MS = 1_000  # a person takes a picture that stands still for longer for stuck
GAPS = """() => {
  window.gaps = [];
  let last = performance.now();
  const frame = () => {
    const now = performance.now();
    window.gaps.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}"""


def a_long_page(width, height):
    picture = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(picture)
    for y in range(0, height, 400):
        draw.text((40, y + 20), f"barang ke-{y // 400}", fill=0, font_size=48)
        draw.rectangle((700, y + 20, width - 60, y + 360), fill=(y // 400 * 37) % 200)
    return picture


def a_bundle(folder, width, height, **facts):
    return make_bundle(
        folder, [a_visit("storefront", picture=a_long_page(width, height), tile_px=8_000)], **facts
    )


def strips(bundle):
    from crawler.report.pages import pages_of

    return pages_of(bundle, bundle.run.visits[0])[0].pictures[0].tiles


def test_a_pyramid_has_every_tile_of_every_level_and_no_other(tmp_path):
    bundle = a_bundle(tmp_path, 1_366, 2_500)
    (strip,) = strips(bundle)
    first, last = levels(strip.width_px, strip.height_px)
    copies = Copies(tmp_path / "copies")
    for level in range(first, last + 1):
        scale = 2 ** (last - level)
        wide, high = -(-strip.width_px // scale), -(-strip.height_px // scale)
        columns, rows = -(-wide // TILE_PX), -(-high // TILE_PX)
        for column in range(columns):
            for row in range(rows):
                tile = Image.open(copies.tile(bundle, strip, level, column, row))
                assert abs(tile.width - min(TILE_PX, wide - column * TILE_PX)) <= 1
                assert abs(tile.height - min(TILE_PX, high - row * TILE_PX)) <= 1
        with pytest.raises(Refusal):
            copies.tile(bundle, strip, level, columns, 0)
    assert levels(strip.width_px, strip.height_px)[0] == 9


def test_copies_lie_outside_the_bundle_and_are_made_again(tmp_path):
    bundle = a_bundle(tmp_path, 900, 700)
    before = sorted(path.name for path in bundle.root.rglob("*"))
    (strip,) = strips(bundle)
    copies = Copies(tmp_path / "copies")
    made = copies.tile(bundle, strip, 10, 0, 0).read_bytes()
    shutil.rmtree(tmp_path / "copies")
    assert copies.tile(bundle, strip, 10, 0, 0).read_bytes() == made
    assert sorted(path.name for path in bundle.root.rglob("*")) == before


def test_a_strip_that_is_no_picture_is_refused(tmp_path):
    bundle = a_bundle(tmp_path, 900, 700)
    (strip,) = strips(bundle)
    with pytest.raises(Refusal) as told:
        Copies(tmp_path / "copies").tile(bundle, strip.model_copy(update={"path": "data/run.json"}), 10, 0, 0)
    assert told.value.status == 415
    assert list((tmp_path / "copies" / "strips").glob("*")) == []


@pytest.mark.long
@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), [(1_366, 60_000), (2_943, 66_000)])
def test_a_very_long_page_scrolls_and_zooms_without_a_stall(
    browser, tmp_path, width, height, record_property
):
    bundle = a_bundle(tmp_path, width, height, target="toko-a")
    finding = a_finding(outcome="fail", severity="high")
    finding = finding.model_copy(
        update={"locus": finding.locus.model_copy(update={"box": (40.0, height - 9_000.0, 300.0, 60.0)})}
    )
    judgement = sample_judgement(inputs={"seal": bundle.seal})
    rule = judgement.rules[0].model_copy(update={"findings": (finding,)})
    write(bundle, judgement.model_copy(update={"rules": (rule,)}))
    snapshots = tmp_path / "snapshots"
    index.update(snapshots)
    accounts = Accounts(snapshots / ".desk" / "accounts.db")
    accounts.add(Account(name="ani", roles=(Role.REVIEWER,), created=datetime.now(UTC)))
    desk = Desk(snapshots, accounts, Custody(snapshots / ".desk"), entrance=Entrance(token="unused"))
    with served(desk) as port:
        address = f"http://127.0.0.1:{port}"
        context = browser.new_context(viewport={"width": 1366, "height": 900}, base_url=address)
        key = accounts.start_session("ani", "password")
        context.add_cookies([{"name": desk.entrance.cookie_name, "value": key, "url": address}])
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.goto(f"/findings/{finding.fingerprint}?of=toko-a&state=all")
        page.wait_for_selector("[data-drawn=yes]")
        first_ms = page.evaluate("performance.now()")
        page.evaluate(GAPS)
        place = page.locator(".viewer").bounding_box()
        page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
        for step in range(40):
            page.mouse.wheel(0, 240 if step % 10 < 7 else -240)
            page.wait_for_timeout(50)
        page.keyboard.press("w")
        for _ in range(20):
            page.mouse.down()
            page.mouse.move(place["x"] + place["width"] / 2, place["y"] + 40, steps=4)
            page.mouse.up()
            page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] - 40)
        gaps = page.evaluate("window.gaps")
        context.close()
    record_property(
        "measure",
        f"{width}x{height}: first tile after {first_ms:.0f} ms, longest frame {max(gaps):.0f} ms",
    )
    assert max(gaps) < STALL_MS
    original = io.BytesIO(bundle.read(strips(bundle)[0].path))
    assert Image.open(original).width == width
