"""The visit under way."""

from crawler.browse.crawl.present import Present
from crawler.browse.crawl.trail import Trail
from crawler.lib.redact import Redactor
from crawler.model.scenario import Stage


def test_what_comes_before_the_first_visit_counts_to_it():
    present = Present()
    assert (present.ordinal, present.counted) == (0, 1)
    assert present.next_ordinal() == present.counted == 1
    assert present.next_ordinal() == present.counted == 2


def test_between_two_visits_there_is_an_ordinal_and_no_kind():
    present, trail = Present(), Trail(Redactor(b"k" * 32), lambda: None)
    ordinal = present.next_ordinal()
    present.begin(Stage.CART, trail)
    assert present.stage() == (ordinal, Stage.CART)
    assert present.trail is trail
    present.end()
    assert present.stage() == (ordinal, None)
    assert present.trail is None
