"""What an attacker tries at the desk, one case each, all refused; the list is printed as a table.

    pytest tests/review/test_security.py -s

What holds for every route is walked from the OpenAPI schema, so that a route that is added is attacked too.
Beside these: a hostile shop in a browser (`test_hostile.py`), slow requests (`test_patience.py`), log-in by a
provider (`test_oidc.py`), ZIP files (`tests/store/test_unpacking.py`).
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from importlib import import_module

import pytest

from crawler.model.account import Account, Role
from crawler.review.passwords import hash_password
from tests.review.attacks import started_runs
from tests.review.attacks.listed import ATTACKS, PASSWORD, World

AREAS = (
    "log_in",
    "roles",
    "other_sites",
    "host_names",
    "proxies",
    "paths",
    "bodies",
    "script",
    "evidence",
    "bundles",
    "started_runs",
    "custody",
)
for area in AREAS:
    import_module(f"tests.review.attacks.{area}")
ROWS: list[tuple[str, str, str]] = []


@pytest.fixture
def world(desk, app, visit, with_desk, tmp_path):
    desk.accounts.add(
        Account(
            name="ani",
            roles=(Role.REVIEWER,),
            created=datetime.now(UTC),
            password_hash=hash_password(PASSWORD),
        )
    )
    return World(desk, app, visit, with_desk, tmp_path)


@pytest.mark.parametrize(("area", "what", "attempt"), ATTACKS)
def test_it_is_refused(world, area, what, attempt):
    ROWS.append((area, what, attempt(world)))


def test_what_is_not_inside_may_be_started(world):
    """Nothing but the address is what the runs above are refused for."""
    assert started_runs.ask(world, "https://1.1.1.1/", target="shop").status_code == 303
    (run,) = world.desk.started.all()
    assert run.asked.settings.public_only


def test_the_list_is_long_and_printed(capsys):
    assert len(ATTACKS) >= 130
    with capsys.disabled():
        lines = [f"{area:12} {what:60} {how}" for area, what, how in ROWS]
        sys.stdout.write("\n".join(["", *lines, f"{len(ROWS)} attacks, all refused", ""]))
