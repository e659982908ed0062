from tests.checks.cases import cases, check

RULE = "foreign-checkout-backend"


@cases(RULE)
def test_case(tmp_path, case):
    check(tmp_path, RULE, case)
