"""The names of HTML that reading a page goes by."""

from crawler.collect.dom.html_names import load_html_names


def test_elements_in_a_line_do_not_part_words_and_blocks_do():
    inline = set(load_html_names()["inline"])
    assert {"b", "span", "a"} <= inline
    assert not inline & {"div", "p", "li", "br", "h1"}


def test_elements_are_as_documents_have_them():
    assert all(name == name.lower() for name in load_html_names()["inline"])
