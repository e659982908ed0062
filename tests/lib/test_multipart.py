"""Multipart bodies: cut and joined to the same bytes, read as the field names and values they hold."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.lib.multipart import split_multipart

TYPE = "multipart/form-data; boundary=x"


def part(head, value, newline="\r\n"):
    return f"--x{newline}Content-Disposition: form-data; {head}{newline * 2}{value}{newline}"


def fields(text, content_type=TYPE):
    cut = split_multipart(text, content_type)
    return [pair for each in cut.parts if each.gap for pair in each.fields()]


def test_names_and_values():
    text = (
        part('name="id"', "7")
        + part("name=bare", "8")
        + part('name="up"; filename="a.txt"', "file")
        + "--x--"
    )
    assert fields(text) == [("id", "7"), ("bare", "8"), ("up", "")]


def test_lines_may_end_without_a_carriage_return():
    assert fields(part('name="id"', "7", "\n") + "--x--\n") == [("id", "7")]


def test_a_boundary_within_a_line_is_content():
    assert fields(part('name="id"', "a--x b") + "--x--") == [("id", "a--x b")]


@pytest.mark.parametrize("spelled", ['"a b"', "x; charset=utf-8"])
def test_a_quoted_boundary_and_further_parameters(spelled):
    text = part('name="id"', "7").replace("--x", "--a b" if "a b" in spelled else "--x")
    assert fields(text, f"multipart/form-data; boundary={spelled}") == [("id", "7")]


def test_a_name_in_another_character_set_and_a_transfer_encoding():
    text = part("name*=utf-8''n%C3%A4me", "x") + part('name="b"\r\nContent-Transfer-Encoding: base64', "Nw==")
    assert fields(text + "--x--") == [("näme", "x"), ("b", "7")]


def test_parts_within_a_part():
    inner = '--y\r\nContent-Disposition: form-data; name="deep"\r\n\r\n7\r\n--y--'
    text = "--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n" + inner + "\r\n--x--"
    assert fields(text) == [("deep", "7")]


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary="])
def test_without_a_boundary_nothing_is_cut(content_type):
    assert split_multipart("--x\r\n", content_type) is None


@given(st.text(alphabet=st.sampled_from('-x\r\n:;="a ')) | st.text())
def test_what_is_cut_is_joined_to_the_same_text(text):
    cut = split_multipart(text, TYPE)
    assert cut.joined(list(cut.parts)) == text


@given(st.binary(), st.text())
def test_any_body_and_type_are_read(body, content_type):
    cut = split_multipart(body.decode("utf-8", "surrogateescape"), content_type)
    for each in cut.parts if cut else ():
        assert each.name is None or isinstance(each.name, str)
        assert all(isinstance(value, str) for pair in each.fields() for value in pair)


HEADS = [
    'Content-Disposition: form-data; name="id"',
    "content-disposition:form-data;name=id",
    'Content-Disposition: form-data; name="id"; filename="a.txt"\r\nContent-Type: text/plain',
    'Content-Disposition: form-data; name="i\\"d"',
    "Content-Disposition: form-data; name*=utf-8''n%C3%A4me",
    'Content-Type: text/plain\r\nContent-Disposition: form-data; name="id"',
    'Content-Disposition: form-data; name="a"\r\nContent-Disposition: form-data; name="b"',
    'Content-Disposition: form-data;\r\n name="id"',
    "Content-Disposition: form-data",
    "nothing",
]


@pytest.mark.parametrize("head", HEADS)
def test_the_name_is_that_of_the_field_however_the_head_is_written(head):
    cut = split_multipart(f"--x\r\n{head}\r\n\r\n7\r\n--x--", TYPE)
    part = cut.parts[1]
    assert [name for name, _ in part.fields()] == ([] if part.name is None else [part.name])


def test_a_body_of_many_parts_is_cut_and_named_in_bounded_time():
    text = "".join(f"--x\r\nContent-Disposition:form-data;name=a{at}\r\n\r\n\r\n" for at in range(50_000))
    began = time.process_time()
    assert sum(part.name is not None for part in split_multipart(text, TYPE).parts) == 50_000
    assert time.process_time() - began < 5
