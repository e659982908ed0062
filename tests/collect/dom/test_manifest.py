"""What a web manifest declares, and which one a document names."""

import pytest

from crawler.collect.dom.manifest import declared_by, values_of


@pytest.mark.parametrize(
    ("answer", "values"),
    [
        (b'{"name": "Toko"}', {"name": "Toko"}),
        (b"[]", {}),
        (b"<!doctype html>", {}),
        (b"", {}),
        (b"\xff", {}),
        (b"[" * 100_000, {}),
    ],
)
def test_an_answer_that_is_no_manifest_declares_nothing(answer, values):
    assert values_of(answer) == values


class Links:
    """A document that holds links alone."""

    LINKS = (
        {"rel": "icon", "href": "/i"},
        {"rel": "manifest"},
        {"rel": "Manifest x", "href": "/a"},
        {"rel": "manifest", "href": "/b"},
    )

    def elements(self, _name):
        return range(len(self.LINKS))

    def attributes(self, node):
        return self.LINKS[node]

    def link(self, href):
        return f"https://a.test{href}"


def test_the_first_link_with_an_address_counts():
    assert declared_by(Links()) == "https://a.test/a"
