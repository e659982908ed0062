import pytest

from tests.checks.cases import cases, check

RULE = "foreign-logo"

pytestmark = pytest.mark.ocr


@cases(RULE)
def test_case(tmp_path, case):
    check(tmp_path, RULE, case)
