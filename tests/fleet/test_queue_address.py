"""Where a queue is: a file, or a database by an address that holds no password."""

from pathlib import Path

import pytest

from crawler.errors import ConfigError
from crawler.fleet.queue_address import QueueAddress


def test_a_file_is_of_this_machine_alone():
    address = QueueAddress.of_file(Path("/n/queue.db"))
    assert address.url == "sqlite:////n/queue.db"
    assert not address.shared


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_a_database_is_shared(scheme):
    address = QueueAddress.of_url(f"{scheme}://pantau@db.example:5432/pantau")
    assert address.url == "postgresql://pantau@db.example:5432/pantau"
    assert address.shared


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://pantau:pw@db.example/pantau",
        "postgresql://db.example/pantau?password=pw",
        "mysql://db.example/pantau",
        "postgresql:///pantau",
        "postgresql://db.example",
        "postgresql://[bad/x",
        "",
    ],
)
def test_passwords_and_other_addresses_are_refused(url):
    with pytest.raises(ConfigError) as told:
        QueueAddress.of_url(url)
    assert "pw" not in str(told.value)
    assert told.value.hint
