"""Walls and innocents in a real Chromium: what is seen of each page leads to the right reason, or to none."""

from __future__ import annotations

import pytest

from crawler.model.wall import wall
from tests.browse.stops.wall_pages import PAGES, opened, stage, table, wanted

pytestmark = pytest.mark.browser


def test_every_page_of_the_table_is_told_for_what_it_is() -> None:
    wrong = []
    with opened() as see:
        for entry in table(PAGES):
            found = wall(see(entry), stage(entry))
            if (found.reason if found else None) not in wanted(entry):
                wrong.append((entry["page"], wanted(entry), found))
    assert not wrong


def test_a_frame_that_never_answers_leaves_the_page_readable() -> None:
    entry = {
        "page": "busy frame",
        "body": "<h1>Kopi</h1><p>Rp45.000</p><iframe src=https://lain.test/ width=300 height=300></iframe>",
        "frames": {
            "https://lain.test/": "<script>onload = () => setTimeout(() => { for (;;); }, 0)</script>"
        },
    }
    with opened() as see:
        facts = see(entry)
    assert [line.text for line in facts.main.lines] == ["Kopi", "Rp45.000"]
    assert wall(facts, stage(entry)) is None


def test_a_page_of_any_size_is_looked_at_within_bounds() -> None:
    entry = {"page": "huge", "body": "<p>Kopi Rp45.000</p>" * 30_000}
    with opened() as see:
        facts = see(entry)
    assert len(facts.main.lines) <= 1_500
    assert len(facts.main.source) <= 150_000
