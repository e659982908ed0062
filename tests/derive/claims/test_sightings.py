"""Whether a visit shows the stage it was taken for, by what is kept of its pages."""

from types import SimpleNamespace

import pytest

from crawler.derive.claims.sightings import of_visits, page
from crawler.model.evidence import TextRecord
from tests.bundles import a_visit, make_bundle, text_node


def sighting(tmp_path, visit):
    bundle = make_bundle(tmp_path, [visit])
    (found,) = of_visits(bundle, lambda path: bundle.record(path, TextRecord))
    return found


def test_a_visit_that_was_not_reached_shows_nothing(tmp_path):
    found = sighting(tmp_path, a_visit("cart", reached=False, reason="not opened"))
    assert found.state == "not reached"
    assert found.looked_for


def test_a_page_without_marks_of_its_stage_is_not_confirmed(tmp_path):
    assert sighting(tmp_path, a_visit("cart", text=["Selamat datang"], bare=True)).state == "not confirmed"


def test_an_error_page_bears_nothing_whatever_it_says(tmp_path):
    bundle = make_bundle(tmp_path, [a_visit("cart")])
    (visit,) = bundle.run.visits
    (shown,) = visit.pages
    for status, state in ((200, "confirmed"), (404, "not confirmed")):
        pages = (shown.model_copy(update={"status": status}),)
        run = bundle.run.model_copy(update={"visits": (visit.model_copy(update={"pages": pages}),)})
        answered = SimpleNamespace(run=run, record=bundle.record, records=bundle.records)
        (found,) = of_visits(answered, lambda path: bundle.record(path, TextRecord))
        assert found.state == state


class TestPages:
    @staticmethod
    def made(*nodes, title="Judul"):
        record = make_record(title)
        return page(record, TextRecord(frames=("https://a.test/",), nodes=nodes, media=()))

    def test_a_block_is_a_row_and_hidden_text_is_none(self):
        made = self.made(
            text_node("Keran", block=1), text_node("jang", block=1), text_node("x", block=2, visible=False)
        )
        assert made.text == "Keranjang"

    def test_higher_headings_come_first_and_those_around_the_page_are_left_out(self):
        made = self.made(
            text_node("Kecil", block=1, element="main > h2"),
            text_node("Besar", block=2, element="main > h1"),
            text_node("Toko", block=3, element="header > h1"),
            text_node("Beranda", block=4, element="main > h1", href="https://a.test/"),
        )
        assert made.headings == ("Besar", "Kecil")

    def test_without_headings_the_first_row_that_is_no_link_stands_for_them(self):
        made = self.made(text_node("menu", block=1, href="/x"), text_node("Bayar", block=2))
        assert made.headings == ("Bayar",)


@pytest.fixture(scope="module", autouse=True)
def _records(tmp_path_factory):
    bundle = make_bundle(tmp_path_factory.mktemp("page"), [a_visit("cart")])
    RECORDS.append(bundle.run.visits[0].pages[0])


RECORDS = []


def make_record(title):
    return RECORDS[-1].model_copy(update={"title": title})
