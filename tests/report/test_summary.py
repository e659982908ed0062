"""The summary joins bundle and judgement: numbers, requests, hosts, what was not looked at, the seal."""

from __future__ import annotations

import hashlib
import json

import jsonschema
import pytest

from crawler.checks.engine import write
from crawler.errors import BundleCorrupt
from crawler.model.finding import Gap, Message, RuleResult, Verdict
from crawler.model.scenario import Stage
from crawler.report.json import schema, write_json
from crawler.report.summary import summary_of
from crawler.store.bundle import Bundle
from crawler.store.judgements import kept_judgements
from tests.report.samples import BANNER, ENDPOINT, HEADER, PIXELS, sample_bundle, sample_judgement


@pytest.fixture(name="bundle")
def made(tmp_path):
    return sample_bundle(tmp_path)


def test_findings_are_numbered_along_the_journey_open_ones_first(bundle):
    summary = summary_of(bundle, sample_judgement())
    assert [view.number for view in summary.findings] == [1, 2, 3, 4]
    assert [view.finding.locus.box for view in summary.findings][:2] == [HEADER, BANNER]
    assert [view.finding.status for view in summary.findings] == ["open", "open", "excused", "open"]
    assert [visit.findings for visit in summary.visits] == [(1, 2, 3), (), (), (4,), ()]


def test_a_finding_knows_its_obligations_and_the_other_way_round(bundle):
    summary = summary_of(bundle, sample_judgement())
    banner = next(view for view in summary.findings if view.finding.rule == PIXELS)
    assert banner.obligations == ("naming", "identity")
    by_id = {each.obligation: each for each in summary.obligations}
    assert by_id["naming"].findings == (1, 2)
    assert by_id["naming"].rules[0].excused == (3,)
    assert by_id["naming"].kind == "indication"
    assert by_id["checkout"].findings == ()


def test_a_request_is_shown_with_host_operator_and_answer_but_not_its_query(bundle):
    summary = summary_of(bundle, sample_judgement())
    request = next(view.request for view in summary.findings if view.finding.rule == ENDPOINT)
    assert (request.method, request.host, request.path) == ("POST", "pay.tiktokv.com", "/api/pay")
    assert request.contacted
    assert request.operator.operator == "tiktok_bytedance"
    assert request.operator.rungs
    assert "abc" not in request.model_dump_json()


def test_a_refused_request_is_never_contacted(bundle):
    summary = summary_of(bundle, sample_judgement())
    host = next(host for host in summary.visits[3].hosts if host.host == "pay.tokopedia.com")
    assert (host.refused, host.contacted, host.addresses) == (1, False, ())


def test_evidence_carries_its_sealed_hash_or_none(bundle):
    judgement = sample_judgement()
    summary = summary_of(bundle, judgement)
    files = {file.path: file.sha256 for view in summary.findings for file in view.evidence}
    path = "data/stages/01-storefront/fullpage-001.png"
    assert files[path] == hashlib.sha256((bundle.root / path).read_bytes()).hexdigest()
    first = judgement.rules[0]
    lost = first.findings[0].model_copy(update={"evidence": ("data/not-there.json",)})
    changed = judgement.model_copy(
        update={"rules": (first.model_copy(update={"findings": (lost,)}), *judgement.rules[1:])}
    )
    evidence = [file for view in summary_of(bundle, changed).findings for file in view.evidence]
    assert [file.sha256 for file in evidence if file.path == "data/not-there.json"] == [None]


def test_what_was_not_looked_at_is_told_once_with_all_rules(bundle):
    told = Message(id="gap.frame-unread", params={"frame": "https://iklan.example/frame", "page": 1})
    results = tuple(
        RuleResult(
            rule=rule,
            version=1,
            verdict=Verdict.NOT_TESTABLE,
            gaps=(Gap(rule=rule, stage=Stage.STOREFRONT, visit=1, message=told),),
        )
        for rule in ("foreign-brand-text", "foreign-brand-pixels")
    )
    summary = summary_of(bundle, sample_judgement(rules=results))
    frames = [gap for gap in summary.untested if gap.message.id == "gap.frame-unread"]
    assert [gap.rules for gap in frames] == [("foreign-brand-text", "foreign-brand-pixels")]


def test_an_unreached_stage_is_told_even_if_no_rule_misses_it(bundle):
    summary = summary_of(bundle, sample_judgement(rules=()))
    assert [gap.stage for gap in summary.untested if gap.message.id == "gap.unreached"] == [Stage.INVOICE]


def test_pictures_name_every_original_tile(bundle):
    storefront = summary_of(bundle, sample_judgement()).visits[0].pages[0]
    (picture,) = storefront.pictures
    assert (picture.kind, picture.width, picture.height) == ("fullpage", 1_366, 5_200)
    assert [tile.path[-16:] for tile in picture.tiles] == [f"fullpage-00{n}.png" for n in (1, 2, 3)]
    assert [bundle.sha256(tile.path) for tile in picture.tiles] == [tile.sha256 for tile in picture.tiles]
    assert storefront.unread_frames == ("https://iklan.example/frame",)


def test_the_seal_is_the_hash_of_the_manifest_and_the_chain_head_that_of_the_last_line(bundle):
    integrity = summary_of(bundle, sample_judgement()).integrity
    manifest = (bundle.root / "manifest-sha256.txt").read_bytes()
    lines = (bundle.root / "data" / "chain.jsonl").read_bytes().splitlines()
    assert integrity.seal == hashlib.sha256(manifest).hexdigest()
    assert integrity.chain_head == hashlib.sha256(lines[-1]).hexdigest()
    assert (integrity.chain_lines, integrity.files) == (len(lines), len(manifest.splitlines()))


def test_json_holds_to_its_schema_and_leaves_the_seal_whole(bundle):
    path = write_json(bundle, sample_judgement())
    assert path == bundle.root / "report" / "report-permendag-31-2023.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(content, schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content | {"verdict": "guilty"}, schema())
    assert Bundle(bundle.root).seal == bundle.seal


def test_a_bundle_changed_meanwhile_is_not_reported(bundle):
    text = bundle.root / "data" / "stages" / "01-storefront" / "text.json"
    text.write_bytes(text.read_bytes().replace(b"TikTok", b"TokTik"))
    with pytest.raises(BundleCorrupt):
        write_json(bundle, sample_judgement())


def test_what_was_checked_is_summed_up_and_ocr_that_did_not_run_is_none(bundle):
    checked = summary_of(bundle, sample_judgement()).checked
    assert (checked.visits, checked.reached, checked.pages, checked.pictures) == (5, 4, 5, 5)
    assert (checked.requests, checked.hosts, checked.frames_unread) == (6, 6, 1)
    assert (checked.pictures_read, checked.lines_read) == (None, None)
    read = RuleResult(rule=PIXELS, version=1, verdict=Verdict.PASS, checked={"pages": 4, "lines": 71})
    checked = summary_of(bundle, sample_judgement(rules=(read,))).checked
    assert (checked.pictures_read, checked.lines_read) == (4, 71)


def test_an_obligation_names_its_stages_and_counts_what_its_rules_could_not_read(bundle):
    by_id = {each.obligation: each for each in summary_of(bundle, sample_judgement()).obligations}
    assert Stage.CHECKOUT in by_id["naming"].stages
    assert by_id["invoice"].stages == (Stage.INVOICE,)
    assert {name: each.unread for name, each in by_id.items() if each.unread} == {"invoice": 1}


def test_a_judgement_that_was_stored_says_the_same(tmp_path):
    bundle = sample_bundle(tmp_path)
    judgement = sample_judgement(inputs={"seal": bundle.seal})
    write(bundle, judgement)
    (stored,) = kept_judgements(bundle)
    assert summary_of(bundle, stored) == summary_of(bundle, judgement)
