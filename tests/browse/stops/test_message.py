"""What an error says in one line: no colours, no rulers, no log of the library."""

from __future__ import annotations

import pytest
from playwright.sync_api import Error
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from crawler.browse.stops.message import first_line
from crawler.errors import StageError


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            PlaywrightTimeout(
                "Locator.click: Timeout 500ms exceeded.\nCall log:\n"
                '\x1b[2m  - waiting for get_by_role("link")\x1b[22m\n'
                "\x1b[2m  -     - locator resolved to hidden\x1b[22m\n"
            ),
            'Locator.click: Timeout 500ms exceeded. waiting for get_by_role("link")',
        ),
        (
            PlaywrightTimeout(
                "Timeout 3000ms exceeded.\n=========================== logs ===========================\n"
                'waiting for navigation to "**/selesai" until "load"\n'
                "============================================================"
            ),
            'Timeout 3000ms exceeded. waiting for navigation to "**/selesai" until "load"',
        ),
        (
            Error("Page.goto: net::ERR_FAILED at https://x/\nCall log:\n  - navigating\n"),
            "Page.goto: net::ERR_FAILED at https://x/",
        ),
        (StageError("only after a login"), "only after a login"),
        (KeyError("harga"), "KeyError: 'harga'"),
        (ValueError("\x1b[31mmerah\x1b[0m\nbaris dua"), "ValueError: merah baris dua"),
    ],
)
def test_one_line(error: Exception, said: str) -> None:
    assert first_line(error) == said
