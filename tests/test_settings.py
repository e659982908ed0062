"""The settings of one run."""

import pytest

from crawler.settings import HostMapping


@pytest.mark.parametrize(
    ("named", "host", "covered"),
    [
        ("*.tokopedia.com", "www.tokopedia.com", True),
        ("*.tokopedia.com", "tokopedia.com", False),
        ("a.test", "a.test", True),
        ("a.test", "b.test", False),
        ("*", "b.test", True),
    ],
)
def test_which_hosts_a_mapping_covers(named, host, covered):
    assert HostMapping(host=named, target="127.0.0.1:1").covers(host) is covered
