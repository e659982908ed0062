"""Shows the pages in a real Chromium, takes them as a crawl does, and notes where everything came to lie."""

from __future__ import annotations

import json
import os
from datetime import date
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

from crawler.browse.chromium.program import find_browser
from crawler.collect.base import collect_all
from crawler.collect.page.screenshot import FullPage
from crawler.collect.page.text import PageText
from crawler.collect.target import Target
from crawler.lib.redact import Redactor
from crawler.model.device import DEVICES, Device
from crawler.model.evidence import PageRecord, ScenarioFile, TileMap, Visit
from crawler.model.scenario import Stage
from crawler.settings import RunSettings
from crawler.store.bundle import Bundle
from crawler.store.writer import BundleWriter
from tests.bundles import MOMENT, RUN_ID, SCRIPT, SHOP, _run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.brand.pages import Page

SCREENS = {
    "desktop": DEVICES["desktop"],
    "phone2": Device(id="phone2", viewport=(390, 844), scale=2, mobile=True, touch=True),
    "phone3": Device(id="phone3", viewport=(412, 915), scale=3, mobile=True, touch=True),
}
BOXES = """
() => {
  const at = b => [b.x + scrollX, b.y + scrollY, b.width, b.height];
  const found = {};
  for (const element of document.querySelectorAll('[data-g], [data-p]')) {
    const range = document.createRange();
    range.selectNodeContents(element);
    const text = element.tagName === 'SPAN' && element.textContent ? range : element;
    found[element.dataset.g || element.dataset.p] = at(text.getBoundingClientRect());
  }
  return found;
}
"""


def capture(pages: list[Page], folder: Path) -> Bundle:
    """Write one sealed bundle with a visit a page, and `labels.json` beside it. Boxes are in CSS px."""
    writer = BundleWriter.create(folder / "snapshots", "bench-brand", RUN_ID)
    script = writer.add("data/scenario.py", SCRIPT, kind="scenario")
    visits, labels = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser().path, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        for page in pages:
            visit, facts = _visit(browser, writer, page)
            visits.append(visit)
            labels.append(facts)
        browser.close()
    scenario = ScenarioFile(
        id="bench-brand", title={"id": "Uji merek", "en": "Brand bench"}, sha256=script, start_url=SHOP,
        stages=(Stage.STOREFRONT,),
    )  # fmt: skip
    writer.seal(_run(scenario, tuple(visits), (), {"run_id": RUN_ID, "as_of": date(2024, 3, 12)}))
    (folder / "labels.json").write_text(json.dumps(labels, indent=1))
    return Bundle(writer.root)


def _visit(browser: Any, writer: BundleWriter, page: Page) -> tuple[Visit, dict[str, Any]]:
    screen = SCREENS[page.device]
    context = browser.new_context(
        viewport={"width": screen.viewport[0], "height": screen.viewport[1]}, device_scale_factor=screen.scale,
        is_mobile=screen.mobile, has_touch=screen.touch,
    )  # fmt: skip
    tab = context.new_page()
    tab.set_content(page.html, wait_until="load")
    tab.wait_for_function("Array.from(document.images).every(image => image.complete)")
    ordinal = page.number + 1
    target = Target(
        page=tab, number=1, cdp=context.new_cdp_session(tab), context=context, writer=writer,
        redactor=Redactor(b"a key for the bench only"), settings=RunSettings(), device=screen, visit=ordinal,
        folder=f"data/stages/{ordinal:02d}-storefront",
    )  # fmt: skip
    artifacts, failures = collect_all(target, (FullPage(), PageText()))
    if failures:
        raise RuntimeError(f"Page {page.number} could not be taken: {failures}")
    boxes = tab.evaluate(BOXES)
    context.close()
    record = PageRecord(
        page=1, url=SHOP, title="Toko", opener=None, viewport_px=screen.viewport, scale=screen.scale
    )
    visit = Visit(
        ordinal=ordinal, kind=Stage.STOREFRONT, reached=True, reason=None, detail="", urls=(SHOP,), started=MOMENT,
        settled=MOMENT, ended=MOMENT, pages=(record,), artifacts=artifacts, failures=(),
    )  # fmt: skip
    return visit, {"visit": ordinal, "scale": screen.scale, "labels": _labels(page, boxes)}


def _labels(page: Page, boxes: dict[str, list[float]]) -> list[dict[str, Any]]:
    found = [{**facts, "box": boxes[mark]} for mark, facts in page.marked.items()]
    for mark, facts in page.drawn.items():
        x, y, width, _ = boxes[mark]
        scale = width / page.natural[mark][0]
        for fact in facts:
            box = fact["box"]
            placed = [x + box[0] * scale, y + box[1] * scale, box[2] * scale, box[3] * scale]
            found.append({**fact, "box": placed})
    return found


def whole(bundle: Bundle, visit: int) -> Any:
    """Return the whole picture of a visit's page, its tiles put together, as RGB."""
    from PIL import Image

    from crawler.lib.images import open_png

    (path,) = [each.path for each in bundle.run.visits[visit - 1].artifacts if each.kind == "tiles"]
    tiles = bundle.record(path, TileMap)
    size = round(tiles.page_width * tiles.scale), round(tiles.page_height * tiles.scale)
    picture = Image.new("RGB", size, "white")
    for tile in tiles.tiles:
        folder = path.rpartition("/")[0]
        name = tile.path if tile.path.startswith("data/") else f"{folder}/{tile.path}"
        at = round(tile.box[0] * tiles.scale), round(tile.box[1] * tiles.scale)
        picture.paste(open_png(bundle.read(name)).convert("RGB"), at)
    return picture
