"""The queue of unknown hosts: who runs this? The answer becomes a row of the desk's own table of hosts."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Form, Path, Query
from pydantic import BaseModel, Field, ValidationError
from starlette.responses import RedirectResponse, Response

from crawler.derive.operators import hosts as table
from crawler.derive.operators.hosts import Confidence, Group, HostRow
from crawler.derive.operators.operator import Operator, Operators
from crawler.derive.operators.own_rows import add_row
from crawler.derive.reading import reading_of
from crawler.lib.clock import jakarta_date
from crawler.lib.hosts import normalise
from crawler.model.account import Person, Role
from crawler.model.missed import ContactedHost
from crawler.review.access import requires
from crawler.review.desk import Desk, DeskOf
from crawler.review.kept_runs import KeptRunsOf
from crawler.review.paths import run_folder
from crawler.review.refusal import Refusal
from crawler.review.routes.queue import fill_index
from crawler.review.screen import ScreenOf
from crawler.store.bundle import Bundle
from crawler.store.index.missed import contacted_hosts

router = APIRouter(tags=["hosts"])

GROUPS: tuple[Group, ...] = (
    "tokopedia_goto",
    "tiktok_bytedance",
    "payment_id",
    "third_party",
    "comparator",
)
PAYMENTS = ("no", "maybe", "yes", "sandbox")
HostName = Annotated[str, Path(min_length=1, max_length=255)]
Text = Annotated[str, Field(max_length=200)]


class HostForm(BaseModel):
    """What a reviewer found out about a host; see `HostRow`."""

    match: Literal["host", "suffix"] = "host"
    operator: Group
    owner: Annotated[str, Field(min_length=1, max_length=200)]
    role: Text = ""
    payment: Literal["yes", "maybe", "no", "sandbox"]
    valid_from: date
    sources: Annotated[str, Field(min_length=3, max_length=400)]
    confidence: Confidence
    note: Text = ""


@router.get("/hosts", dependencies=[requires(Role.VIEWER)])
def show_hosts(screen: ScreenOf, desk: DeskOf, kept: Annotated[str, Query(max_length=255)] = "") -> Response:
    """Show the hosts that were contacted and are in no table, the most frequent first."""
    fill_index(desk)
    own, today = table.own_sha256(), jakarta_date()
    unknown = [
        (host, operator.resembles)
        for host in contacted_hosts(desk.snapshots)
        if (operator := _by_name(host.host, own, today)).operator == "unknown"
    ]
    return screen.page("hosts.html.j2", hosts=unknown, own=str(table.own_file() or ""), kept=kept)


@router.get("/hosts/{host}", dependencies=[requires(Role.VIEWER)])
def show_host(screen: ScreenOf, desk: DeskOf, runs: KeptRunsOf, host: HostName) -> Response:
    """Show the ladder of a host on the last run that met it, and the form for who runs it."""
    found = _contacted(desk, host)
    operator = _by_evidence(found, runs.bundle(run_folder(desk.snapshots, *found.bundle.split("/", 1))))
    roles = sorted({row.role for row in table.rows() if row.role})
    return screen.page(
        "host.html.j2",
        host=found,
        operator=operator,
        groups=GROUPS,
        payments=PAYMENTS,
        roles=roles,
        own=str(table.own_file() or ""),
        may_decide=screen.person is not None and screen.person.may(Role.REVIEWER),
    )


@router.post("/hosts/{host}")
def keep_row(
    desk: DeskOf,
    host: HostName,
    form: Annotated[HostForm, Form()],
    person: Annotated[Person, requires(Role.REVIEWER)],
) -> Response:
    """Append a dated row with its source to the desk's own table of hosts."""
    found = _contacted(desk, host)
    try:
        row = HostRow.model_validate(
            {
                **form.model_dump(),
                "host": normalise(found.host),
                "name_class": _by_name(found.host, table.own_sha256(), jakarta_date()).name_class,
                "valid_to": None,
                "note": f"{form.note} ({person.name})".strip(),
            }
        )
    except ValidationError as error:
        raise Refusal(422, "desk.refusal.host-row", problem=error.errors()[0]["msg"]) from error
    desk.custody.note(person.name, "host.keep", about=row.host, operator=row.operator, sources=row.sources)
    add_row(row)
    return RedirectResponse(f"/hosts?kept={quote(row.host, safe='')}", status_code=303)


def _contacted(desk: Desk, host: str) -> ContactedHost:
    fill_index(desk)
    found = next((each for each in contacted_hosts(desk.snapshots) if each.host == host), None)
    if found is None:
        raise Refusal(404, "desk.refusal.not-found")
    return found


@lru_cache(maxsize=20_000)
def _by_name(host: str, _own_sha256: str, day: date) -> Operator:
    """Return who runs a host by the tables alone; a row that was added asks again."""
    return Operators.on(day).operator_of(host)


def _by_evidence(host: ContactedHost, bundle: Bundle) -> Operator:
    """Return who runs a host by all that the last run that met it shows."""
    reading = reading_of(bundle)
    entry = next((each for each in reading.ledger.entries if each.host == host.host), None)
    operators = Operators.on(jakarta_date())
    if entry is None:
        return operators.operator_of(host.host)
    return operators.operator_of(
        host.host, url=entry.url, evidence=reading.ledger.evidence(entry.id, entry.host)
    )
