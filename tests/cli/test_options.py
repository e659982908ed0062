"""What several commands ask alike: sizes as people write them."""

import pytest

from crawler.cli import options
from crawler.errors import ConfigError


@pytest.mark.parametrize(
    ("given", "size_bytes"),
    [
        ("4GiB", 4 * 2**30),
        ("512MiB", 512 * 2**20),
        ("4GB", 4 * 10**9),
        ("4G", 4 * 10**9),
        ("1.5 kb", 1_500),
        ("7", 7),
    ],
)
def test_sizes_are_read_as_they_are_written(given, size_bytes):
    assert options.size_bytes(given) == size_bytes


@pytest.mark.parametrize("given", ["lots", "", "-4G", "4 parsecs", "nan"])
def test_what_is_no_size_is_said_with_what_to_write(given):
    with pytest.raises(ConfigError, match="not a size") as caught:
        options.size_bytes(given)
    assert "4GiB" in caught.value.hint
