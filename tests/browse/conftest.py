"""A site with a few pages, and a way to walk it with a scenario written in a test."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crawler.browse.run.supervisor import Outcome, supervise
from crawler.browse.run.walk import Event
from crawler.settings import RunSettings
from tests.browse.guard.guarded import guarded_browser, shop  # noqa: F401 - fixtures of the guard
from tests.site import Site, hang, loop, page, serve

HEAD = """
from crawler.browse import Journey, Scenario, Stage
scenario = Scenario(id="a-test", title={{"id": "Uji", "en": "Test"}}, start_url="{url}", stages=[{stages}])
def walk(journey):
    page = journey.page
"""


def scenario_text(url: str, body: str, stages: str = "Stage.STOREFRONT, Stage.PRODUCT") -> str:
    return (
        HEAD.format(url=url, stages=stages).lstrip()
        + textwrap.indent(textwrap.dedent(body).strip(), "    ")
        + "\n"
    )


@pytest.fixture
def site() -> Iterator[Site]:
    routes = {
        "/": page("Toko", "<h1>Toko</h1><a href=/product>Produk</a>"),
        "/product": page("Produk", "<h1>Produk</h1><button>Beli</button>"),
        "/endless": page("Endless", "<h1>E</h1><script>setTimeout(()=>{for(;;);},50)</script>"),
        "/hang": hang,
        "/loop": loop,
        "/popup": page("Popup", "<a href=/product target=_blank>Buka</a>"),
        "/title": page("../../x", "<script>document.title='../../x <script>'</script><h1>T</h1>"),
    }
    with serve(routes) as running:
        yield running


@pytest.fixture
def walk(site: Site, tmp_path: Path) -> Callable[..., Outcome]:
    def run(
        body: str,
        *,
        stages: str = "Stage.STOREFRONT, Stage.PRODUCT",
        on_event: Callable[[Event], None] = lambda _: None,
        **given: Any,
    ) -> Outcome:
        script = tmp_path / "scenario.py"
        script.write_text(scenario_text(site.url("/"), body, stages))
        facts = {"out": tmp_path / "snapshots", "dwell_s": 0.2, "step_timeout_s": 5, "deadline_s": 60} | given
        return supervise(script, RunSettings.model_validate(facts), on_event=on_event)

    return run
