"""A bundle of some visits, read as the inputs of rules read it."""

import pytest

from crawler.derive.reading import reading_of
from tests.bundles import make_bundle


@pytest.fixture
def reading(tmp_path):
    """Return the reading of a bundle with these visits."""

    def reading(*visits, **facts):
        return reading_of(make_bundle(tmp_path, visits=visits, **facts))

    return reading


@pytest.fixture
def told():
    """Return what could not be read, as ids with the ordinals of the visits."""

    def told(unread):
        return [(each.visit.ordinal, each.message.id) for each in unread]

    return told
