"""Every route names a role, and nobody without it comes in."""

from __future__ import annotations

import pytest

from crawler.model.account import Role
from crawler.review.access import OPENLY
from crawler.review.app import ROUTERS

OPEN_TO_ALL = {"/log-in", "/enter", "/oidc", "/oidc/return", "/static/{address}"}


def operations(app):
    """Yield method, path and the roles that the OpenAPI schema names for every route."""
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            scopes = {
                scope
                for each in operation.get("security", [])
                for listed in each.values()
                for scope in listed
            }
            yield method.upper(), path, scopes


def test_every_route_stands_in_the_schema(app):
    routes = {route.path for router in ROUTERS for route in router.routes}
    assert routes == {path for _, path, _ in operations(app)}


def test_every_route_names_one_role(app):
    known = {OPENLY, *Role}
    assert [each for each in operations(app) if len(each[2]) != 1 or not each[2] <= known] == []


def test_only_what_leads_in_is_open_to_all(app):
    assert {path for _, path, scopes in operations(app) if OPENLY in scopes} == OPEN_TO_ALL


def filled(path):
    return path.replace("{", "").replace("}", "")


def test_nobody_who_is_not_logged_in_comes_in_anywhere(app, visit):
    client = visit(Accept="application/json")
    answers = {
        (method, path): client.request(method, filled(path)).status_code
        for method, path, scopes in operations(app)
        if OPENLY not in scopes
    }
    assert answers
    assert {where: status for where, status in answers.items() if status != 401} == {}


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_nobody_comes_in_where_another_role_is_needed(app, visit, role):
    client = visit(role, Accept="application/json")
    refused = {
        (method, path): client.request(method, filled(path)).status_code
        for method, path, scopes in operations(app)
        if not scopes & {OPENLY, Role.VIEWER, role}
    }
    assert {where: status for where, status in refused.items() if status != 403} == {}


def test_a_page_leads_to_the_log_in_and_back(visit):
    answer = visit().get("/?a=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/log-in?next=%2F%3Fa%3D1")
