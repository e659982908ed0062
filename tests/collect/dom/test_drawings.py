"""Geometry of vector drawings: what is kept of them, what is not, and that nothing in it reaches beyond."""

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.collect.dom import drawings
from crawler.collect.dom.document import Document, Frame

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"'
NOTE = "M9 17V4h10v13"


def uri(source):
    return "data:image/svg+xml," + quote(source)


def document(*nodes):
    """A document of elements: parent, name, attributes."""
    strings, attributes = [""], []

    def index(text):
        strings.append(text)
        return len(strings) - 1

    for _, _, given_ in nodes:
        attributes.append([index(part) for pair in given_.items() for part in pair])
    raw = {
        "nodes": {
            "parentIndex": [parent for parent, _, _ in nodes],
            "nodeType": [1] * len(nodes),
            "backendNodeId": list(range(1, len(nodes) + 1)),
            "nodeName": [index(name) for _, name, _ in nodes],
            "attributes": attributes,
        },
        "layout": {"nodeIndex": []},
    }
    return Document(raw, strings, Frame(0, None, "f", None, {}))


def test_shapes_and_groups_are_kept():
    source = (
        f"<svg viewBox='0 0 24 24' fill='none'><g stroke='#111'><path d='{NOTE}'/></g><circle r='2'/></svg>"
    )
    body = f'<g stroke="#111"><path d="{NOTE}"/></g><circle r="2"/></svg>'
    assert drawings.of_uri(uri(source)) == f'{HEAD} fill="none">{body}'


def test_base64_and_style():
    source = f"<svg width='24px' height='24px'><path style='fill:none;stroke: red' d='{NOTE}'/></svg>"
    packed = "data:image/svg+xml;charset=utf-8;base64," + base64.b64encode(source.encode()).decode()
    assert drawings.of_uri(packed) == f'{HEAD}><path d="{NOTE}" fill="none" stroke="red"/></svg>'


def test_nothing_that_reaches_beyond():
    source = (
        "<!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><svg viewBox='0 0 24 24' onload='x()'>"
        "<script>x()</script><style>@import url(//b.test)</style><image href='file:///x'/><text>&x;</text>"
        "<foreignObject><p>x</p></foreignObject>"
        f"<path d='{NOTE}' fill='url(#g)' filter='url(//b.test)'/></svg>"
    )
    assert drawings.of_uri(uri(source)) == f'{HEAD}><path d="{NOTE}" fill="currentColor"/></svg>'


@pytest.mark.parametrize(
    "address",
    [
        "", "data:image/png;base64,AAAA", uri("<p>no drawing</p>"), uri("<svg viewBox='0 0 24 24'></svg>"),
        uri(f"<svg><path d='{NOTE}'/></svg>"), uri(f"<svg viewBox='0 0 -1 24'><path d='{NOTE}'/></svg>"),
        uri("<svg viewBox='0 0 24 24'><path d='" + "M0 0" * 3_000 + "'/></svg>"),
        "data:image/svg+xml;base64,@@",
        uri("<svg viewBox='0 0 24 24'><path d='\"/><image/>'/></svg>") + "x" * 50_000,
    ],
)  # fmt: skip
def test_none(address):
    assert drawings.of_uri(address) == ""


def test_what_it_uses_is_drawn():
    page = document(
        (-1, "html", {}),
        (0, "symbol", {"id": "note", "viewBox": "0 0 24 24"}),
        (1, "path", {"d": NOTE}),
        (0, "svg", {"width": "12", "height": "12"}),
        (3, "use", {"href": "#note"}),
    )
    assert drawings.of_element(page, 3) == f'{HEAD}><g><g><path d="{NOTE}"/></g></g></svg>'


def test_one_that_uses_itself_ends():
    page = document(
        (-1, "svg", {"viewBox": "0 0 24 24", "id": "a"}),
        (0, "path", {"d": NOTE}),
        (0, "use", {"href": "#a"}),
        (0, "use", {"href": "#a"}),
    )
    assert len(drawings.of_element(page, 0)) <= drawings.MAX_CHARS


@given(st.text(max_size=300))
def test_any_source(source):
    drawings.of_uri("data:image/svg+xml," + source)
    drawings.of_uri(uri(f"<svg viewBox='0 0 9 9'><path d='{source}'/>{source}</svg>"))
