"""What is said of the shape of the source is counted rightly, and the source has no arrow back."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[1] / "docs" / "shape.py"


@pytest.fixture(scope="module")
def shape() -> ModuleType:
    spec = importlib.util.spec_from_file_location("shape", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_arrow_leads_back_where_its_end_reaches_its_beginning(shape: ModuleType) -> None:
    edges = {"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"d"}}
    assert shape.arrows_back(edges) == [("b", "c"), ("c", "b"), ("d", "d")]
    assert shape.circles(edges) == [("b", "c"), ("d",)]


def test_a_package_and_one_inside_it_are_one_house(shape: ModuleType) -> None:
    edges = {
        "crawler.checks.engine": {"crawler.checks.inputs.wire", "crawler.model.finding"},
        "crawler.checks.inputs.wire": {"crawler.checks.pages"},
    }
    assert shape.between_rooms(edges) == {"crawler.checks": {"crawler.model"}, "crawler.checks.inputs": set()}


def test_the_source_leads_one_way(shape: ModuleType) -> None:
    edges = shape.imports()
    assert shape.arrows_back(shape.between_rooms(edges)) == []
    assert shape.circles(edges) == []


def test_a_module_with_a_test_of_its_name_is_mirrored(shape: ModuleType) -> None:
    missing = {str(path) for path in shape.unmirrored()}
    assert "store/bundle.py" not in missing
    assert all((SCRIPT.parents[1] / "crawler" / name).is_file() for name in missing)


def test_what_has_no_test_of_its_own_has_a_reason_and_tests_that_hold_it(shape: ModuleType) -> None:
    assert all(len(why) > 20 for why in shape.reasons().values())
    assert list(shape.stale()) == []


def test_copied_code_that_stays_names_its_places_and_why(shape: ModuleType) -> None:
    assert all(pair["places"] and len(pair["why"]) > 20 for pair in shape.copied())
