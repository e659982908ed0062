from tests.checks.cases import cases, check, judged, load, result_of

RULE = "cloaked-backend"


@cases(RULE)
def test_case(tmp_path, case):
    check(tmp_path, RULE, case)


def test_a_finding_cites_every_rung_in_order(tmp_path):
    case = next(case for case in load(RULE) if "payment on a host" in case["name"])
    _, judgement = judged(tmp_path, RULE, case)
    (finding,) = result_of(judgement, RULE).findings
    rungs = [rung.partition(":")[0] for rung in finding.message.params["rungs"].split("; ")]
    assert rungs == ["host", "pattern", "suffix", "stack", "stack-hint", "cname", "certificate", "as-number"]
    assert finding.message.params["rungs"].startswith("host: tiktok_bytedance (pay.tokopediax.com)")
