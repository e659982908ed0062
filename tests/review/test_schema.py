"""Whatever the schema allows, and much that it does not, is sent to every route: none fails by itself."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from crawler.model.account import Role
from crawler.model.queue import QueueFilter
from crawler.review.app import create_app
from crawler.store.index import queue
from tests.review.conftest import ORIGIN, make_desk
from tests.review.hostile import make_hostile_run

if TYPE_CHECKING:
    from crawler.review.desk import Desk


@dataclass
class Asked:
    """A desk on a run, and its schema."""

    desk: Desk
    schema: schemathesis.BaseSchema | None
    there: dict[str, str]  # what a path has to name to come to something

    def headers(self) -> dict[str, str]:
        """Return what a browser sends; the session is a new one, since some requests end theirs."""
        key = self.desk.accounts.start_session(Role.ADMINISTRATOR.value, "password")
        return {
            "Cookie": f"{self.desk.entrance.cookie_name}={key}",
            "Host": "127.0.0.1:8731",
            "Origin": ORIGIN,
            "Sec-Fetch-Site": "same-origin",
        }


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    root = make_hostile_run(tmp_path_factory.mktemp("schema"))
    desk, names = make_desk(root.parent.parent), {"scenario": root.parent.name, "run": root.name}
    line = queue.queue(desk.snapshots, QueueFilter(), date(2026, 11, 28))[0]
    there = names | {"policy": line.policy, "number": "1", "nth": "1", "fingerprint": line.fingerprint}
    there |= {"visit": "1", "page": "1", "strip": "1", "ordinal": "1", "path": "data/run.json"}
    asks = Asked(desk, None, there)
    asks.schema = schemathesis.openapi.from_asgi(
        "/api/openapi.json", create_app(desk), headers=asks.headers()
    )
    return asks


@pytest.mark.parametrize(
    "examples", [2, pytest.param(60, marks=[pytest.mark.long, pytest.mark.timeout(3_000)])]
)
def test_no_route_fails_by_itself(asked, capsys, examples):
    seen = Counter()
    for found in asked.schema.get_all_operations():
        operation = found.ok()
        if operation.path == "/log-out":
            continue  # it does what a session is for

        @given(case=operation.as_strategy())
        @settings(
            max_examples=examples,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
            derandomize=True,
        )
        def attempt(case):
            case.cookies = {}  # the schema's own name of the session's; the header has the right one
            for _ in range(2):
                answer = case.call(headers=asked.headers())
                seen[answer.status_code] += 1
                assert answer.status_code < 500, (case.formatted_path, answer.text[:300])
                if case.path.startswith("/api/") and answer.status_code >= 400:
                    assert {"error", "detail", "do"} <= set(answer.json())
                there = {name: value for name, value in asked.there.items() if name in case.path_parameters}
                case.path_parameters = case.path_parameters | there

        attempt()
    with capsys.disabled():
        sys.stdout.write(f"\n{seen.total()} requests, answers by status: {dict(sorted(seen.items()))}\n")
    assert seen[200] > seen[401] * 10  # it was let in, but where schemathesis leaves the cookie away
