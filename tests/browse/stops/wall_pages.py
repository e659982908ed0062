"""Pages of a table, opened in one Chromium at any address, and what is seen of each.

`python -m tests.browse.stops.wall_pages` saves what is seen, for tests that need no browser.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from playwright.sync_api import sync_playwright
from pydantic import TypeAdapter

from crawler.browse.chromium.program import find_browser
from crawler.browse.stops.walls import look
from crawler.model.page_facts import PageFacts
from crawler.model.scenario import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PAGES = "wall_pages.yaml"
FACTS = Path(__file__).parents[2] / "model" / "wall_facts.json"
HOST = "https://belanja.test"
HTML = "text/html; charset=utf-8"


def table(name: str) -> list[dict[str, Any]]:
    """Return the pages of a table beside this file."""
    pages: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    return pages


def stage(entry: dict[str, Any]) -> Stage:
    """Return the stage that was meant."""
    return Stage(entry.get("stage", "product"))


def wanted(entry: dict[str, Any]) -> set[str | None]:
    """Return the reasons that are true of a page; none where it is the page it was meant to be."""
    wall = entry.get("wall")
    return set(wall) if isinstance(wall, list) else {wall}


def document(entry: dict[str, Any]) -> str:
    """Return a page of the table as its server sends it."""
    head = f"<meta charset=utf-8><title>{entry.get('title', '')}</title>{entry.get('head', '')}"
    return f"<!doctype html><html lang=id><head>{head}</head><body>{entry['body']}</body></html>"


@contextmanager
def opened() -> Iterator[Callable[[dict[str, Any]], PageFacts]]:
    """Yield a function that opens an entry in a fresh page and returns what is seen of it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(find_browser(None).path), chromium_sandbox=False
        )
        context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="id-ID")

        def see(entry: dict[str, Any]) -> PageFacts:
            url, frames = entry.get("url", f"{HOST}/p"), entry.get("frames", {})
            status, headers = entry.get("status", 200), entry.get("headers", {})

            def answer(route: Any, request: Any) -> None:
                if request.url == url:
                    route.fulfill(
                        status=status, headers={"content-type": HTML, **headers}, body=document(entry)
                    )
                elif request.url in frames:
                    route.fulfill(content_type=HTML, body=document({"body": frames[request.url]}))
                else:
                    route.fulfill(status=204)

            page = context.new_page()
            try:
                page.route("**/*", answer)
                page.goto(url)
                return look(context, page, status, headers)
            finally:
                page.close()

        yield see
        browser.close()


def save() -> None:
    """Write what Chromium shows of every page of the table, for tests that need no browser."""
    with opened() as see:
        seen = {entry["page"]: TypeAdapter(PageFacts).dump_python(see(entry)) for entry in table(PAGES)}
    FACTS.write_text(json.dumps(seen, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


def saved() -> dict[str, PageFacts]:
    """Return what was saved, by page."""
    return TypeAdapter(dict[str, PageFacts]).validate_json(FACTS.read_bytes())


if __name__ == "__main__":
    save()
