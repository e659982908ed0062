"""Runs of text: joining, boxes, snippets."""

from hypothesis import given
from hypothesis import strategies as st

from crawler.checks.runs import SNIPPET_CHARS, runs
from crawler.lib.steady import tidy
from crawler.model.evidence import TextRecord
from tests.bundles import text_node


def a_record(*nodes):
    return TextRecord(frames=("https://a.test/", "https://b.test/"), nodes=nodes, media=())


def texts(*nodes):
    return [run.text for run in runs(a_record(*nodes))]


def test_nodes_of_one_block_are_joined_without_trimming():
    assert texts(text_node("oleh "), text_node(" Tik"), text_node("Tok")) == ["oleh  TikTok"]


def test_blocks_channels_frames_and_what_is_hidden_stay_apart():
    nodes = [
        text_node("a"), text_node("b", block=1), text_node("c", channel="alt"), text_node("d", frame=1),
        text_node("e", visible=False),
    ]  # fmt: skip
    assert sorted(texts(*nodes)) == ["a", "b", "c", "d", "e"]


def test_a_hidden_piece_does_not_break_a_visible_word():
    assert "TikTok" in texts(text_node("Tik"), text_node("xx", visible=False), text_node("Tok"))


def test_nodes_of_one_block_are_joined_though_others_stand_between():
    assert texts(text_node("Tik"), text_node("other", block=1), text_node("Tok")) == ["TikTok", "other"]


def test_a_run_knows_its_frame():
    assert runs(a_record(text_node("a", frame=1)))[0].frame_url == "https://b.test/"
    assert runs(a_record(text_node("a", frame=7)))[0].frame_url == ""


def test_a_box_holds_the_nodes_of_the_place_and_no_others():
    nodes = [
        text_node("Beli ", boxes=((0.0, 0.0, 40.0, 10.0),)),
        text_node("Tik", boxes=((40.0, 0.0, 20.0, 10.0),)),
        text_node("Tok", boxes=((0.0, 12.0, 20.0, 10.0),)),
    ]
    (run,) = runs(a_record(*nodes))
    assert run.box(5, 11) == (0.0, 0.0, 60.0, 22.0)
    assert run.box(0, 5) == (0.0, 0.0, 40.0, 10.0)
    assert runs(a_record(text_node("x")))[0].box(0, 1) is None


def test_a_snippet_is_cut_between_words():
    text = "kata " * 40 + "TikTok" + " kata" * 40
    (run,) = runs(a_record(text_node(text)))
    start = text.index("TikTok")
    snippet = run.snippet(start, start + 6)
    assert set(snippet.split()) == {"kata", "TikTok"}
    assert len(snippet) <= 2 * SNIPPET_CHARS + 6


@given(st.lists(st.text(max_size=30), min_size=1, max_size=6), st.data())
def test_every_place_of_a_run_is_held_by_its_nodes(pieces, data):
    (run,) = runs(a_record(*[text_node(piece) for piece in pieces]))
    assert run.text == "".join(pieces)
    start = data.draw(st.integers(0, len(run.text)))
    end = data.draw(st.integers(start, len(run.text)))
    assert run.text[start:end] in "".join(node.text for node in run.at(start, end))
    assert tidy(run.text[start:end]) in run.snippet(start, end)
