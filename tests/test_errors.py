"""Errors: each in the tree of the documentation, with its exit code, whole after a process boundary."""

import pickle
import re

import pytest

from crawler import errors
from crawler.errors import CrawlerError

ALL = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, CrawlerError)]


@pytest.mark.parametrize("kind", ALL)
def test_message_and_hint_cross_a_process_boundary(kind):
    error = pickle.loads(pickle.dumps(kind("what happened", hint="what to do")))
    assert type(error) is kind
    assert (str(error), error.message, error.hint) == ("what happened", "what happened", "what to do")


@pytest.mark.parametrize("kind", ALL)
def test_the_exit_code_is_one_that_is_documented(kind):
    assert kind.exit_code in {2, 4, 5, 6}


def test_the_tree_says_the_exit_codes_that_hold():
    told = dict(re.findall(r"(\w+) +exit (\d)", errors.__doc__))
    assert {name: str(getattr(errors, name).exit_code) for name in told} == told
    assert len(told) > 10
