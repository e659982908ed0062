"""A mention knows the name it holds, and a run of text the links around it."""

from crawler.checks.mention import Mention
from crawler.checks.runs import Piece, TextRun


def test_it_holds_the_name_as_it_is_written():
    mention = Mention("Ke TikTok Shop", 3, 9)
    assert (mention.name, mention.span) == ("TikTok", (3, 9))


def test_a_run_gives_the_link_of_each_piece_that_holds_the_name():
    run = TextRun((Piece("Ke "), Piece("Tik", href="https://a.test/"), Piece("Tok")), channel="alt")
    mention = run.mention(3, 9, spelling="TikTok", whole=False)
    assert mention == Mention("Ke TikTok", 3, 9, "alt", ("https://a.test/", ""), "TikTok", whole=False)
