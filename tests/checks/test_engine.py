"""The engine: verdict order, index, narrowing, broken rules, repeatable bytes."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from itertools import product
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.checks import engine, registry
from crawler.checks.base import Answer, Found, Need, RuleMeta, message
from crawler.errors import PolicyError, ReportError
from crawler.model.evidence import CollectorFailure
from crawler.model.finding import Excuse, Locus, ObligationResult, Verdict
from crawler.model.policy import PolicyModel, PolicyPack, load_brands, load_pack
from crawler.model.scenario import Stage
from tests.bundles import a_page, a_request, a_visit, make_bundle

BRANDS = load_brands()
CART = (a_visit("cart"),)
V = Verdict
verdicts = st.sampled_from(list(Verdict))


class NoParams(PolicyModel):
    """A rule without parameters."""


def a_rule(rule_id, run, *, needs=(Need.TEXT,), stages=(Stage.CART,), messages=None, params=NoParams):
    meta = RuleMeta(rule_id, 1, frozenset(needs), stages, messages or {f"{rule_id}.seen": ("text",)})
    return SimpleNamespace(meta=meta, Params=params, run=run)


def a_found(view, rule_id, *, text="x", outcome="fail", excuse=None, key=("k",), box=None, **facts):
    visit = view.visits[0]
    return Found(
        outcome=outcome, visit=visit, locus=Locus(box=box), observed=text, expected="", url="https://a.test/",
        message=message(f"{rule_id}.seen", text=text), confidence=1, evidence=("data/run.json",), key=key,
        excuse=excuse, **facts,
    )  # fmt: skip


@pytest.fixture
def judge_with(tmp_path, monkeypatch):
    """Judge a bundle by made-up rules that all serve one obligation."""

    def judge_with(*rules, visits=CART, stages=("cart",), **facts):
        known = {rule.meta.id: rule for rule in rules}
        monkeypatch.setattr(registry, "rules", lambda: known)
        pack = a_pack(list(known), stages)
        return engine.judge(make_bundle(tmp_path, visits=visits, **facts), pack, BRANDS)

    return judge_with


def a_pack(rules, stages=("cart",), **facts):
    obligation = {"id": "duty", "article": "1(2)", "severity": "high", "kind": "breach", "stages": stages,
                  "rules": rules, "source": "a test"}  # fmt: skip
    return PolicyPack.model_validate(
        {"id": "trial", "regulation": "Trial", "title": {"id": "Uji", "en": "Trial"}, "source": "a test",
         "in_force_from": date(2024, 1, 1), "obligations": [obligation]} | facts
    )  # fmt: skip


class TestVerdictOrder:
    @pytest.mark.parametrize(
        ("given_verdicts", "missing", "expected"),
        [
            ([V.PASS, V.FAIL], False, V.FAIL),
            ([V.NEEDS_REVIEW, V.FAIL], True, V.FAIL),
            ([V.PASS, V.NEEDS_REVIEW], True, V.NEEDS_REVIEW),
            ([V.NEEDS_REVIEW, V.NOT_TESTABLE], False, V.NEEDS_REVIEW),
            ([V.PASS, V.NOT_TESTABLE], False, V.NOT_TESTABLE),
            ([V.PASS, V.PASS], True, V.NOT_TESTABLE),
            ([V.PASS, V.NOT_APPLICABLE], False, V.PASS),
            ([V.NOT_APPLICABLE], False, V.NOT_APPLICABLE),
        ],
    )
    def test_table(self, given_verdicts, missing, expected):
        assert engine.obligation_verdict(given_verdicts, stages_missing=missing) == expected

    def test_every_pair_takes_the_one_named_first(self):
        order = [V.FAIL, V.NEEDS_REVIEW, V.NOT_TESTABLE, V.PASS, V.NOT_APPLICABLE]
        for one, other in product(order, order):
            expected = order[min(order.index(one), order.index(other))]
            assert engine.obligation_verdict([one, other], stages_missing=False) == expected

    @given(st.lists(verdicts, min_size=1), st.booleans())
    def test_a_missing_stage_never_turns_into_a_pass(self, listed, missing):
        verdict = engine.obligation_verdict(listed, stages_missing=missing)
        assert (verdict == V.FAIL) == (V.FAIL in listed)
        if missing:
            assert verdict not in (V.PASS, V.NOT_APPLICABLE)
        else:
            assert verdict in listed

    @given(st.lists(verdicts, min_size=1), verdicts)
    def test_one_more_rule_never_makes_it_better(self, listed, more):
        order = [V.FAIL, V.NEEDS_REVIEW, V.NOT_TESTABLE, V.PASS, V.NOT_APPLICABLE]
        before = engine.obligation_verdict(listed, stages_missing=False)
        after = engine.obligation_verdict([*listed, more], stages_missing=False)
        assert order.index(after) <= order.index(before)


class TestIndex:
    def obligations(self, *listed):
        return [
            ObligationResult(obligation=f"o{n}", article="", severity="low", verdict=verdict, rules=("r",))
            for n, verdict in enumerate(listed)
        ]

    def test_seven_of_eight_is_87_percent(self):
        index = engine.index(self.obligations(*[V.PASS] * 7, V.FAIL))
        assert (index.passed, index.judged, index.percent) == (7, 8, 87)

    def test_what_could_not_be_tested_is_named_and_not_counted(self):
        index = engine.index(self.obligations(V.PASS, V.NOT_TESTABLE, V.NEEDS_REVIEW, V.NOT_APPLICABLE))
        assert (index.passed, index.judged, index.percent) == (1, 2, 50)
        assert index.not_testable == ("o1",)
        assert index.not_applicable == ("o3",)

    def test_there_is_no_percentage_of_nothing(self):
        assert engine.index(self.obligations(V.NOT_TESTABLE)).percent is None

    @given(st.lists(verdicts))
    def test_a_hundred_percent_means_that_nothing_failed(self, listed):
        index = engine.index(self.obligations(*listed))
        assert index.judged + len(index.not_testable) + len(index.not_applicable) == len(listed)
        if index.percent == 100:
            assert not {V.FAIL, V.NEEDS_REVIEW} & set(listed)


READS = {
    Need.TEXT: lambda view: view.text(view.visits[0]),
    Need.MARKUP: lambda view: view.markup(view.visits[0]),
    Need.DOCUMENTS: lambda view: view.documents(view.visits[0]),
    Need.PIXELS: lambda view: view.pixels(view.visits[0]),
    Need.STORAGE: lambda view: view.storage(view.visits[0]),
    Need.REQUESTS: lambda view: view.requests(),
    Need.PAYMENTS: lambda view: view.claims(),
    Need.LEDGER: lambda view: view.entries(),
    Need.OPERATORS: lambda view: view.operator("www.tokopedia.com"),
}


class TestNarrowing:
    @pytest.mark.parametrize("need", list(Need))
    def test_a_rule_that_reads_what_it_did_not_declare_is_recorded_as_broken(self, judge_with, need):
        def run(view, params):
            READS[need](view)
            return Answer()

        result = judge_with(a_rule("greedy", run, needs=set(Need) - {need})).rules[0]
        assert result.verdict == V.NOT_TESTABLE
        assert result.error.startswith("RuleError")
        assert repr(need.value) in result.error

    @pytest.mark.parametrize("need", [need for need in Need if need is not Need.PIXELS])
    def test_what_it_declared_it_may_read(self, judge_with, need):
        def run(view, params):
            READS[need](view)
            return Answer()

        opened = [a_request("https://www.tokopedia.com/cart", type="document")]
        result = judge_with(a_rule("modest", run, needs={need}), requests=opened).rules[0]
        assert (result.verdict, result.error) == (V.PASS, None)

    def test_a_rule_sees_the_visits_and_requests_of_its_stages_only(self, judge_with):
        seen = {}

        def run(view, params):
            seen["visits"] = [visit.kind for visit in view.visits]
            seen["requests"] = [request.url for request in view.requests()]
            return Answer()

        judge_with(
            a_rule("narrow", run, needs={Need.REQUESTS}),
            visits=[a_visit("product"), a_visit("cart"), a_visit("cart", reached=False)],
            requests=[a_request(f"https://a.test/{n}", visit=n) for n in (1, 2, 3)],
        )
        assert seen == {"visits": [Stage.CART], "requests": ["https://a.test/2", "https://a.test/3"]}


class TestBrokenRules:
    def test_a_rule_that_raises_is_not_testable_and_the_others_go_on(self, judge_with):
        def broken(view, params):
            raise ZeroDivisionError("by nothing")

        judgement = judge_with(a_rule("a-broken", broken), a_rule("b-sound", lambda view, params: Answer()))
        first, second = judgement.rules
        assert (first.verdict, first.error) == (V.NOT_TESTABLE, "ZeroDivisionError: by nothing")
        assert first.gaps[-1].message.id == "gap.rule-error"
        assert (second.verdict, judgement.verdict) == (V.PASS, V.NOT_TESTABLE)

    def test_what_broke_it_is_told_without_the_place_of_the_bundle_on_this_machine(
        self, judge_with, tmp_path
    ):
        def broken(view, params):
            raise ValueError(f"{tmp_path}/snapshots/test-shop/20240312T020000Z-0000abcd/data/x.json")

        assert judge_with(a_rule("broken", broken)).rules[0].error == (
            "ValueError: 20240312T020000Z-0000abcd/data/x.json"
        )

    @pytest.mark.parametrize("said", [{"other.seen": ()}, {"talker.seen": ("other",)}])
    def test_a_message_it_did_not_declare_breaks_it(self, judge_with, said):
        rule = a_rule("talker", lambda view, params: Answer((a_found(view, "talker"),)), messages=said)
        result = judge_with(rule).rules[0]
        assert (result.verdict, result.findings) == (V.NOT_TESTABLE, ())
        assert "declares" in result.error

    def test_a_text_record_that_is_no_record_is_a_gap(self, tmp_path, monkeypatch):
        visit = a_visit("cart", url="https://a.test/")
        bundle = make_bundle(tmp_path, visits=[visit])
        path = bundle.root / bundle.run.visits[0].artifacts[0].path
        path.write_text("{}")
        rule = a_rule("reader", lambda view, params: Answer(checked={"n": len(view.text(view.visits[0]))}))
        monkeypatch.setattr(registry, "rules", lambda: {"reader": rule})
        result = engine.judge(bundle, a_pack(["reader"]), BRANDS).rules[0]
        assert result.verdict == V.NOT_TESTABLE
        assert result.gaps[0].message.params["error"] == "BundleCorrupt"


class TestFindings:
    def test_the_same_observation_of_one_visit_is_told_once_with_its_count(self, judge_with):
        boxes = [(0.0, y, 10.0, 10.0) for y in (5.0, 50.0, 500.0)]
        rule = a_rule(
            "seer", lambda view, params: Answer(tuple(a_found(view, "seer", box=box) for box in boxes))
        )
        (finding,) = judge_with(rule).rules[0].findings
        assert (finding.times, finding.locus.box) == (3, boxes[0])

    def test_what_is_excused_is_listed_and_turns_nothing(self, judge_with):
        excuse = Excuse(phrase="x", reason="creator-handle")
        rule = a_rule("seer", lambda view, params: Answer((a_found(view, "seer", excuse=excuse),)))
        result = judge_with(rule).rules[0]
        assert result.verdict == V.PASS
        assert result.findings[0].status == "excused"

    def test_severity_and_article_are_those_of_the_obligation(self, judge_with):
        rule = a_rule("seer", lambda view, params: Answer((a_found(view, "seer"),)))
        finding = judge_with(rule).rules[0].findings[0]
        assert (finding.severity, finding.article, finding.stage) == ("high", "1(2)", Stage.CART)

    @pytest.mark.parametrize(("hidden", "severity"), [(False, "high"), (True, "medium")])
    def test_what_nobody_sees_weighs_one_step_less(self, judge_with, hidden, severity):
        rule = a_rule("seer", lambda view, params: Answer((a_found(view, "seer", hidden=hidden),)))
        finding = judge_with(rule).rules[0].findings[0]
        assert (finding.severity, finding.hidden) == (severity, hidden)

    def test_the_same_at_further_places_keeps_where_they_are(self, judge_with, monkeypatch):
        monkeypatch.setattr(engine, "MAX_SPOTS", 2)
        places = [(0, 0, 5, 5), (0, 10, 5, 5), None, (0, 20, 5, 5), (0, 30, 5, 5)]
        rule = a_rule(
            "seer", lambda view, params: Answer(tuple(a_found(view, "seer", box=box) for box in places))
        )
        (finding,) = judge_with(rule).rules[0].findings
        assert finding.times == 5
        assert [finding.locus.box, *(spot.box for spot in finding.also)] == [places[0], places[1], places[3]]

    def test_the_meter_counts_the_findings_of_the_same_judgement(self, judge_with):
        rule = a_rule("seer", lambda view, params: Answer((a_found(view, "seer", box=(0, 0, 5, 5)),)))
        rule.meta = replace(rule.meta, leaves="logo")
        (row,) = judge_with(rule).leftovers
        assert (row.stage, row.measured, row.mentions, row.logos) == (Stage.CART, "whole", 0, 1)

    @given(st.text(max_size=20), st.text(max_size=20))
    def test_a_fingerprint_depends_on_rule_stage_and_key_alone(self, one, other):
        same = engine.fingerprint("r", Stage.CART, (one, other))
        assert same == engine.fingerprint("r", Stage.CART, (one, other))
        assert same != engine.fingerprint("r", Stage.CHECKOUT, (one, other))
        assert same != engine.fingerprint("q", Stage.CART, (one, other))
        if one + other and (one, other) != (one + other, ""):
            assert same != engine.fingerprint("r", Stage.CART, (one + other, ""))

    def test_a_rule_that_does_not_apply_says_so(self, judge_with):
        rule = a_rule("idle", lambda view, params: Answer(applicable=False))
        judgement = judge_with(rule, visits=[a_visit("cart", reached=False)])
        assert judgement.verdict == V.NOT_APPLICABLE
        assert judgement.obligations[0].stages_missing == ()


class TestStages:
    def test_a_required_stage_that_was_not_reached_is_named(self, judge_with):
        rule = a_rule("seer", lambda view, params: Answer())
        judgement = judge_with(rule, visits=[a_visit("cart", reached=False, reason="guard")])
        duty = judgement.obligations[0]
        assert (duty.verdict, duty.stages_missing) == (V.NOT_TESTABLE, (Stage.CART,))
        assert [said.id for said in duty.why] == ["why.stage-missing", "why.rule"]
        gap = judgement.rules[0].gaps[0].message
        assert gap.params == {"stage": "cart", "reason": "guard"}

    def test_a_run_without_any_visit_passes_nothing(self, judge_with):
        judgement = judge_with(a_rule("seer", lambda view, params: Answer()), visits=())
        assert judgement.verdict == V.NOT_TESTABLE

    def test_an_incomplete_run_is_judged_as_far_as_it_goes(self, judge_with):
        rule = a_rule("seer", lambda view, params: Answer((a_found(view, "seer"),)))
        judgement = judge_with(
            rule, visits=[a_visit("cart"), a_visit("cart", reached=False, reason="deadline")],
            status="incomplete", ended_by="deadline",
        )  # fmt: skip
        assert judgement.verdict == V.FAIL

    def test_a_popup_without_its_text_is_a_gap(self, judge_with):
        failure = CollectorFailure(collector="page_text", page=2, error="TargetClosedError", message="gone")
        visit = a_visit("cart", pages=[a_page(), a_page(without=["text"])], failures=[failure])
        rule = a_rule("seer", lambda view, params: Answer(checked={"n": len(view.text(view.visits[0]))}))
        result = judge_with(rule, visits=[visit]).rules[0]
        assert (result.verdict, result.checked) == (V.NOT_TESTABLE, {"n": 1})
        assert result.gaps[0].message.params == {"artifact": "text", "page": 2, "error": "TargetClosedError"}

    def test_lines_missing_from_the_record_are_a_gap(self, judge_with):
        rule = a_rule("seer", lambda v, p: Answer(checked={"n": len(v.requests())}), needs={Need.REQUESTS})
        result = judge_with(rule, dropped_lines=2).rules[0]
        assert result.gaps[0].message == message("gap.lines-dropped", count=2)


class TestPacks:
    @pytest.fixture
    def shipped(self, tmp_path):
        """The text of a shipped pack, to be changed."""
        from crawler.lib import words

        return words.raw("permendag-31-2023.toml").decode()

    def refused(self, tmp_path, text):
        path = tmp_path / "changed.toml"
        path.write_text(text)
        with pytest.raises(PolicyError) as caught:
            engine.read_pack(path)
        return caught.value.message

    def test_an_unknown_rule_is_named_with_its_line(self, tmp_path, shipped):
        text = shipped.replace('rules = ["invoice-missing"]', 'rules = ["invoice-mising"]')
        line = text[: text.index("invoice-mising")].count("\n") + 1
        assert f"line {line}: obligations.7.rules" in self.refused(tmp_path, text)

    def test_an_unknown_parameter_is_named_with_its_line(self, tmp_path, shipped):
        text = shipped.replace("[rules.invoice-missing]\n", "[rules.invoice-missing]\nisuers = ['x']\n")
        line = text[: text.index("isuers")].count("\n") + 1
        assert f"line {line}: rules.invoice-missing.isuers: unknown key" in self.refused(tmp_path, text)

    def test_parameters_of_a_rule_that_serves_nothing_are_refused(self, tmp_path, shipped):
        said = self.refused(tmp_path, shipped + "\n[rules.nothing-serves-this]\nx = 1\n")
        assert "no obligation names this rule" in said

    def test_nothing_is_judged_by_a_pack_with_an_unknown_rule(self, tmp_path):
        with pytest.raises(PolicyError, match="no-such-rule"):
            engine.judge(make_bundle(tmp_path, visits=[a_visit("cart")]), a_pack(["no-such-rule"]), BRANDS)


def full_bundle(tmp_path, **facts):
    return make_bundle(
        tmp_path,
        visits=[
            a_visit("storefront", text=["TikTok Shop", "Ikuti kami di TikTok", "Toko Ünik <script>"]),
            a_visit("cart", text=["TikTok Shop"]),
            a_visit("payment", reached=False, reason="guard"),
            a_visit("info", text=["Hubungi kami"]),
        ],
        requests=[a_request("https://oec-api.tiktokv.com/api/v1/shop/cart", visit=2)],
        **facts,
    )


class TestRepeat:
    def test_bytes_are_the_same_again_in_any_language_and_process(self, tmp_path):
        bundle = full_bundle(tmp_path)
        script = (
            "import sys, pathlib; from crawler.checks import engine; from crawler.store.bundle import Bundle;"
            "from crawler.model.policy import load_brands, load_pack;"
            "bundle = Bundle(pathlib.Path(sys.argv[1]));"
            "pack = load_pack('permendag-31-2023');"
            "sys.stdout.buffer.write(engine.canonical(engine.judge(bundle, pack, load_brands())))"
        )
        outputs = {
            subprocess.run(
                [sys.executable, "-c", script, str(bundle.root)],
                env={**os.environ, "LANG": lang, "LANGUAGE": lang, "PYTHONHASHSEED": seed}, check=True,
                capture_output=True,
            ).stdout
            for lang, seed in (("id_ID.UTF-8", "1"), ("en_US.UTF-8", "2"))
        }  # fmt: skip
        (said,) = outputs
        pack = load_pack("permendag-31-2023")
        assert engine.write(bundle, engine.judge(bundle, pack, BRANDS)).read_bytes() == said
        assert json.loads(said)["inputs"]["seal"] == bundle.seal

    def test_a_judgement_lies_outside_the_seal_and_leaves_nothing_else(self, tmp_path):
        bundle = full_bundle(tmp_path)
        target = engine.write(bundle, engine.judge(bundle, load_pack("permendag-31-2023"), BRANDS))
        assert target == bundle.root / "findings" / "permendag-31-2023.json"
        assert [path.name for path in target.parent.iterdir()] == [target.name]
        assert type(bundle)(bundle.root).run == bundle.run

    def test_a_folder_that_cannot_be_written_is_told_and_the_earlier_judgement_stays(self, tmp_path):
        bundle = full_bundle(tmp_path)
        (bundle.root / "findings").write_text("a file where the folder should be")
        with pytest.raises(ReportError, match="findings"):
            engine.write(bundle, engine.judge(bundle, load_pack("permendag-31-2023"), BRANDS))

    def test_another_day_is_marked_as_simulated(self, tmp_path):
        bundle = full_bundle(tmp_path)
        pack = load_pack("permendag-31-2023")
        assert not engine.judge(bundle, pack, BRANDS).simulated
        other = engine.judge(bundle, pack, BRANDS, as_of=date(2023, 10, 1))
        assert (other.simulated, other.as_of) == (True, "2023-10-01")
        assert other.rules != engine.judge(bundle, pack, BRANDS).rules

    def test_all_inputs_are_named(self, tmp_path):
        inputs = engine.judge(full_bundle(tmp_path), load_pack("permendag-31-2023"), BRANDS).inputs
        rules = {f"rule:{rule}" for rule in registry.rules()}
        assert {"seal", "pack", "brands", "hosts.csv", "words/payments.toml", "reader:ocr", *rules} <= set(
            inputs
        )


class TestMessages:
    def test_every_rule_names_its_own_messages_only(self):
        for rule_id, rule in registry.rules().items():
            assert rule.meta.messages
            assert {said.partition(".")[0] for said in rule.meta.messages} == {rule_id}

    def test_the_list_holds_every_message(self):
        ids = engine.message_ids()
        for rule in registry.rules().values():
            assert set(rule.meta.messages) <= set(ids)
        assert {"gap.unreached", "gap.rule-error", "why.rule", "why.stage-missing"} <= set(ids)
        assert list(ids) == sorted(ids)

    def test_a_judgement_says_nothing_else(self, tmp_path):
        ids = engine.message_ids()
        judgement = engine.judge(full_bundle(tmp_path), load_pack("permendag-31-2023"), BRANDS)
        said = [gap.message for rule in judgement.rules for gap in rule.gaps]
        said += [finding.message for rule in judgement.rules for finding in rule.findings]
        said += [reason for obligation in judgement.obligations for reason in obligation.why]
        assert said
        for each in said:
            assert set(each.params) == set(ids[each.id])
