"""Marks of stages, on pages as shops show them and on pages that stand in their way."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from crawler.lib import marks, words
from crawler.model.scenario import Stage

PAGES = yaml.safe_load(Path(__file__).with_name("stage_pages.yaml").read_text(encoding="utf-8"))
TEXTS = ("text", "title", "address")


def page(said: dict[str, Any]) -> marks.MarkedPage:
    """Return a page of the table."""
    headings = tuple(said["headings"]) if "headings" in said else None
    plain = {name: said.get(name, "") for name in TEXTS}
    return marks.MarkedPage(
        **plain,
        headings=headings,
        fields=tuple(said.get("fields", ())),
        frames=tuple(said.get("frames", ())),
    )


@pytest.mark.parametrize("said", PAGES, ids=[said["page"] for said in PAGES])
def test_page_bears_what_it_shows_and_no_more(said: dict[str, Any]) -> None:
    """Each page of the table bears the stages it names and none of those it rules out."""
    readings = marks.weigh_stages(page(said))
    borne = marks.stages(page(said))
    assert set(said.get("bears", ())) <= borne, readings
    assert not set(said.get("not", ())) & borne, readings
    if said.get("none"):
        assert not borne, readings


def test_stages_are_those_of_the_model() -> None:
    """The data names stages as scenarios do, and looks for something at each."""
    listed = words.load("stages")["stages"]
    assert set(listed) <= set(Stage)
    assert all(marks.looked_for(stage) for stage in listed)
    assert set(listed) >= marks.shopping()


def test_name_and_address_alone_are_no_content() -> None:
    """A page with title, heading and address of its stage, and nothing else, bears nothing."""
    for stage in words.load("stages")["stages"]:
        named = next(
            (m["words"] for m in words.load("stages")["stages"][stage]["marks"] if m["of"] == "name"), ()
        )
        for name in named:
            wall = marks.MarkedPage(name, name, f"https://toko.test/{stage}", (name,))
            assert stage not in marks.stages(wall), name


@pytest.mark.parametrize(
    "scramble", [str.upper, lambda text: text.replace("a", "a\u00ad"), lambda text: f"\ufeff{text}"]
)
def test_look_of_letters_does_not_matter(scramble: Any) -> None:
    """Case and invisible signs change nothing."""
    said = next(said for said in PAGES if said["page"] == "cart of a marketplace")
    shown = page(said)
    other = marks.MarkedPage(
        scramble(shown.text), shown.title, shown.address, tuple(map(scramble, shown.headings or ()))
    )
    assert marks.stages(other) == marks.stages(shown)


def test_long_page_is_read_in_bounded_time_and_says_so() -> None:
    """Millions of signs cost no more than the bound, and the reading says that it was cut."""
    begun = time.process_time()
    readings = marks.weigh_stages(
        marks.MarkedPage("Ringkasan belanja Rp1 " * 200_000, fields=("x" * 5_000,) * 5_000)
    )
    assert time.process_time() - begun < 5
    assert all(reading.cut for reading in readings.values())


@given(
    st.text(max_size=400),
    st.text(max_size=60),
    st.text(max_size=60),
    st.lists(st.text(max_size=30), max_size=4),
)
def test_any_text_is_read(text: str, title: str, address: str, names: list[str]) -> None:
    """No text, title, address or name breaks the reading."""
    readings = marks.weigh_stages(
        marks.MarkedPage(text, title, address, tuple(names), tuple(names), tuple(names))
    )
    assert set(readings) == set(words.load("stages")["stages"])
