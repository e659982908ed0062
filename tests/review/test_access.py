"""Every route names a role, and nobody without it comes in."""

from __future__ import annotations

import pytest

from crawler.model.account import Role
from crawler.review.access import OPENLY
from crawler.review.app import ROUTERS
from tests.review.walk import operations

OPEN_TO_ALL = {"/log-in", "/enter", "/oidc", "/oidc/return", "/static/{address}"}


def test_every_route_stands_in_the_schema(app):
    routes = {route.path.replace(":path}", "}") for router in ROUTERS for route in router.routes}
    assert routes == {each.path for each in operations(app)}


def test_every_route_names_one_role(app):
    known = {OPENLY, *Role}
    assert [each for each in operations(app) if len(each.scopes) != 1 or not each.scopes <= known] == []


def test_only_what_leads_in_is_open_to_all(app):
    assert {each.path for each in operations(app) if each.is_open} == OPEN_TO_ALL


def test_nobody_who_is_not_logged_in_comes_in_anywhere(app, visit):
    client = visit(Accept="application/json")
    answers = {
        each: client.request(each.method, each.filled()).status_code
        for each in operations(app)
        if not each.is_open
    }
    assert answers
    assert {where: status for where, status in answers.items() if status != 401} == {}


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_nobody_comes_in_where_another_role_is_needed(app, visit, role):
    client = visit(role, Accept="application/json")
    refused = {
        each: client.request(each.method, each.filled()).status_code
        for each in operations(app)
        if not each.scopes & {OPENLY, Role.VIEWER, role}
    }
    assert {where: status for where, status in refused.items() if status != 403} == {}


def test_a_page_leads_to_the_log_in_and_back(visit):
    answer = visit().get("/?a=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/log-in?next=%2F%3Fa%3D1")
