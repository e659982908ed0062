"""Walls and innocents, from what Chromium showed of each page (`python -m tests.browse.stops.wall_pages`)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from crawler.lib import words
from crawler.model.evidence import Reason
from crawler.model.page_facts import Field, PageFacts, ShownLine, Surface
from crawler.model.scenario import Stage
from crawler.model.wall import shows_content, wall
from tests.browse.stops.wall_pages import PAGES, saved, stage, table, wanted

TABLE = {entry["page"]: entry for entry in table(PAGES)}
FACTS = saved()


@pytest.mark.parametrize("name", TABLE)
def test_a_page_is_told_for_what_it_is(name: str) -> None:
    found = wall(FACTS[name], stage(TABLE[name]))
    assert (found.reason if found else None) in wanted(TABLE[name]), found


def test_the_table_holds_enough_of_both() -> None:
    walls = [entry for entry in TABLE.values() if entry.get("wall")]
    assert len(walls) >= 40
    assert len(TABLE) - len(walls) >= 40
    assert len({reason for entry in walls for reason in wanted(entry)}) == 8


def test_the_data_is_dated_and_names_reasons_that_there_are() -> None:
    data = words.load("walls")
    reasons = {
        each["reason"] for each in (*data["words"], *data["address"], *data["vendor"]) if "reason" in each
    }
    assert reasons <= set(Reason.__args__)
    assert all(vendor["source"] for vendor in data["vendor"])
    assert data["source"]
    assert data["as_of"]
    assert len(data["vendor"]) >= 10


def said(*texts: str, **facts: object) -> PageFacts:
    return PageFacts(main=Surface(url="https://toko.test/", lines=tuple(map(ShownLine, texts))), **facts)


def test_the_server_s_word_is_enough() -> None:
    found = wall(said("Hm", headers={"cf-mitigated": "challenge"}), Stage.CART)
    assert found is not None
    assert found.reason == "challenge"
    assert "Cloudflare" in found.detail


def test_an_error_status_without_words_of_a_wall_is_an_error_page() -> None:
    found = wall(said("Kopi Gayo", "Rp45.000", status=500), Stage.PRODUCT)
    assert found is not None
    assert (found.reason, found.detail) == ("error page", "HTTP 500")


@pytest.mark.parametrize(("status", "reason"), [(401, "login wall"), (451, "restricted")])
def test_a_status_that_says_it_itself(status: int, reason: str) -> None:
    found = wall(said("Hm", status=status), Stage.CART)
    assert found is not None
    assert found.reason == reason


def test_a_page_nobody_could_look_at_is_not_called_empty() -> None:
    assert wall(PageFacts(main=Surface(url="https://toko.test/", read=False)), Stage.CART) is None


@pytest.mark.parametrize(
    "text", ["Katalog Indomaret", "Blog Ini", "Analog Inovatif", "Captchaku", "Kerobotan"]
)
def test_words_have_borders(text: str) -> None:
    assert wall(said(text), Stage.PRODUCT) is None


def test_a_wall_over_a_page_that_was_seen_is_no_empty_page() -> None:
    page = FACTS["ByteDance puzzle over the shop"]
    assert shows_content(replace(page, covers=()))
    assert not shows_content(said("Memuat..."))


WALLS, INNOCENTS = yaml.safe_load(Path(__file__).with_name("wall_lines.yaml").read_text(encoding="utf-8"))


def drawn(signs: str) -> PageFacts:
    """Return the page that a line of the list stands for."""
    title, lines, fields, pictures = "", [], [], 0
    for part in signs.split(" / "):
        if part.startswith("T:"):
            title = part[2:]
        elif part.startswith("<"):
            kind, _, name = part[1:-1].partition(":")
            fields.append(Field(kind, name))
        elif part == "IMG":
            pictures += 1
        else:
            place = {"#": "heading", "[": "control", "~": "link"}.get(part[0], "main")
            lines.append(ShownLine(part if place == "main" else part.strip("#[]~ "), place))
    return PageFacts(
        main=Surface("https://x.test/p", title, tuple(lines), tuple(fields), pictures, paints=bool(pictures))
    )


@pytest.mark.parametrize("signs", WALLS["walls"])
def test_a_page_of_few_lines_that_stands_in_the_way(signs: str) -> None:
    assert wall(drawn(signs), Stage.PRODUCT) is not None


@pytest.mark.parametrize(("kind", "signs"), INNOCENTS["innocents"])
def test_a_page_of_few_lines_that_is_what_it_was_meant_to_be(kind: str, signs: str) -> None:
    assert wall(drawn(signs), Stage(kind)) is None


@given(
    st.lists(st.text(max_size=80), max_size=12),
    st.text(max_size=60),
    st.sampled_from(list(Stage)),
    st.lists(
        st.builds(Field, st.sampled_from(["text", "password", "tel"]), st.text(max_size=20)), max_size=3
    ),
)
def test_any_page_has_an_answer(texts: list[str], title: str, kind: Stage, fields: list[Field]) -> None:
    surface = Surface(
        url=f"https://{title}/", title=title, lines=tuple(map(ShownLine, texts)), fields=tuple(fields)
    )
    found = wall(PageFacts(main=surface), kind)
    assert found is None or found.reason in Reason.__args__
