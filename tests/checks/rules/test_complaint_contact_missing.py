from tests.checks.cases import cases, check

RULE = "complaint-contact-missing"


@cases(RULE)
def test_case(tmp_path, case):
    check(tmp_path, RULE, case)
