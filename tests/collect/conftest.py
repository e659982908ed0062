"""A browser with a recorder and a bundle, and a way to collect from the page it shows."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import sync_playwright

from crawler.browse.chromium.program import find_browser
from crawler.browse.chromium.switches import launch_args
from crawler.collect.base import DEFAULT, Target, collect_all
from crawler.collect.network.recorder import RequestRecorder
from crawler.lib.redact import Redactor
from crawler.model.device import DEVICES
from crawler.model.evidence import TextRecord, TileMap
from crawler.settings import HostMapping, RunSettings
from crawler.store.writer import BundleWriter
from tests.site import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from crawler.model.evidence import CollectorFailure

FOLDER = "data/stages/01-storefront"
TYPED = "kata-sandi-ku"


@dataclass
class Lab:
    """A running browser context whose traffic is recorded into `root`."""

    context: Any
    writer: BundleWriter
    redactor: Redactor
    recorder: RequestRecorder
    settings: RunSettings
    device: Any
    root: Path
    netlog: Path

    @property
    def page(self) -> Any:
        return self.context.pages[0]

    def failures(self) -> list[CollectorFailure]:
        told: list[int] = []
        kept = self.recorder.streams.failures_since(0).items(told.append)
        assert told == []
        return list(kept)

    def open(self, url: str, page: Any = None) -> Any:
        page = page or self.page
        page.goto(url)
        return page

    def target(self, page: Any = None, number: int = 1, **settings: Any) -> Target:
        page = page or self.page
        return Target(
            page=page,
            number=number,
            cdp=self.context.new_cdp_session(page),
            context=self.context,
            writer=self.writer,
            redactor=self.redactor,
            settings=self.settings.model_copy(update=settings),
            device=self.device,
            visit=1,
            folder=FOLDER,
            connections=self.recorder.connections,
        )

    def collect(self, *collectors: Any, page: Any = None, number: int = 1, **settings: Any) -> Any:
        artifacts, failures = collect_all(self.target(page, number, **settings), collectors or DEFAULT)
        assert failures == ()
        return artifacts

    def read(self, name: str) -> bytes:
        return (self.root / FOLDER / name).read_bytes()

    def text(self, name: str = "text.json") -> TextRecord:
        return TextRecord.model_validate_json(self.read(name))

    def tiles(self) -> TileMap:
        return TileMap.model_validate_json(self.read("tiles.json"))

    def lines(self, stream: str) -> list[dict[str, Any]]:
        path = self.root / "data" / f"{stream}.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def until(self, done: Callable[[], Any]) -> None:
        """Let events through until something has come about; the test's own timeout ends a vain wait."""
        while not done():
            self.page.wait_for_timeout(20)

    def request(self, part: str) -> dict[str, Any]:
        """Return the one request whose address holds `part`, once it is written."""
        self.until(lambda: self.recorder.in_flight() >= 0 and self._requests(part))
        (found,) = self._requests(part)
        return found

    def _requests(self, part: str) -> list[dict[str, Any]]:
        return [line for line in self.lines("requests") if part in line["url"]]

    def response(self, part: str) -> dict[str, Any]:
        """Return how the one request whose address holds `part` ended, once it has."""
        self.until(lambda: self.recorder.in_flight() == 0)
        ident = self.request(part)["id"]
        (found,) = [line for line in self.lines("responses") if line["id"] == ident]
        return found


@pytest.fixture(scope="module")
def playwright() -> Iterator[Any]:
    with sync_playwright() as running:
        yield running


@pytest.fixture
def start(playwright: Any, tmp_path: Path) -> Callable[..., Any]:
    """Return a context manager that starts a lab; hosts under `.test` are the loopback."""

    @contextmanager
    def running(device_id: str = "desktop", site: Any = None) -> Iterator[Lab]:
        device = DEVICES[device_id]
        port = f":{site.port}" if site else ""
        args = launch_args(
            netlog=tmp_path / "netlog.json",
            resolve=(
                # Without a port Chromium keeps that of the address: several sites run in one test.
                HostMapping.model_construct(host="*.test", target=f"127.0.0.1{port}"),
                HostMapping.model_construct(host="127.0.0.1", target="127.0.0.1"),
                HostMapping(host="*", target="~NOTFOUND"),
            ),
            as_root=os.geteuid() == 0,
        )
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=find_browser().path,
            args=list(args),
            ignore_default_args=["--disable-popup-blocking"],
            viewport={"width": device.viewport[0], "height": device.viewport[1]},
            device_scale_factor=device.scale,
            is_mobile=device.mobile,
            has_touch=device.touch,
        )
        writer = BundleWriter(tmp_path / "bundle")
        redactor = Redactor(bytes(range(32)), typed=(TYPED,))
        settings = RunSettings()
        recorder = RequestRecorder(context, writer, redactor, settings, lambda _: (1, 1))
        recorder.attach()
        try:
            yield Lab(
                context,
                writer,
                redactor,
                recorder,
                settings,
                device,
                tmp_path / "bundle",
                tmp_path / "netlog.json",
            )
        finally:
            context.close()
            recorder.close()
            writer.close()

    return running


@pytest.fixture
def site() -> Iterator[Any]:
    """A site on loopback with nothing on it yet."""
    with serve({}) as running:
        yield running


@pytest.fixture
def lab(start: Callable[..., Any], site: Any) -> Iterator[Lab]:
    """A desktop browser on `site`."""
    with start(site=site) as running:
        yield running
