"""Fixtures that all tests share."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from crawler.browse.chromium.program import find_browser
from crawler.store.writer import BundleWriter
from tests.demo import table

# How long an example takes says more of the machine than of the code; time has its benchmarks.
settings.register_profile("pantau", deadline=None)
settings.load_profile("pantau")


def pytest_addoption(parser):
    """Add an option that keeps bundles, to judge them with two checkouts (`tests.golden`)."""
    parser.addoption("--keep-bundles", type=Path, help="folder for a copy of every bundle that tests seal")


@pytest.fixture(scope="session", autouse=True)
def kept_bundles(request):
    """Copy each bundle as it is sealed, before a test does anything to it."""
    folder = request.config.getoption("--keep-bundles")
    if folder is None:
        yield
        return
    seal = BundleWriter.seal

    def sealed(writer, run):
        seal(writer, run)
        place = folder / f"{os.getpid()}-{len(list(folder.iterdir()))}" / writer.root.name
        shutil.copytree(writer.root, place)

    folder.mkdir(parents=True, exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BundleWriter, "seal", sealed)
        yield


def pytest_collection_modifyitems(items):
    """Run what uses pytest-playwright's fixtures last: its session stays open, and no other may beside it."""
    items.sort(key=lambda item: "browser_type" in item.fixturenames)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Let pytest-playwright start the browser that Pantau itself would use."""
    sandbox = [] if os.geteuid() else ["--no-sandbox"]  # Chromium has no sandbox for root
    path = str(find_browser().path)
    return browser_type_launch_args | {"executable_path": path, "args": sandbox}


@pytest.fixture(scope="session", autouse=True)
def own_data_folder(tmp_path_factory):
    """Keep what tests derive, and its key, out of the user's own folders."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def pytest_terminal_summary(terminalreporter):
    """Show what was measured, and which rules each violation of the catalogue turned."""
    reports = [report for word in ("passed", "failed") for report in terminalreporter.stats.get(word, ())]
    measured = [value for report in reports for name, value in report.user_properties if name == "measure"]
    if measured:
        terminalreporter.section("measured")
        terminalreporter.write("\n".join(measured) + "\n")
    lines = table.lines(reports)
    if lines:
        terminalreporter.section("violations by the rules they turn")
        terminalreporter.write("\n".join(lines) + "\n")
