"""Plays the cases of a rule: `tests/cases/<rule-id>.yaml`.

Each case is a bundle in short, made by `tests/bundles.py`, and what the rule must say of it.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from PIL import Image, ImageDraw, ImageFont

from crawler.checks.engine import judge
from crawler.model.evidence import (
    CollectorFailure,
    FormField,
    FormRecord,
    FrameRecord,
    MediaNode,
    Refusal,
    StoredItem,
)
from crawler.model.policy import load_brands, pack_in_force
from crawler.store import layout
from tests.bundles import MOMENT, a_page, a_request, a_visit, make_bundle, text_node
from tests.netlogs import ALog

if TYPE_CHECKING:
    from crawler.model.finding import Judgement, RuleResult
    from crawler.model.policy import PolicyPack
    from crawler.store.bundle import Bundle

CASES = Path(__file__).parents[1] / "cases"
DAY = date(2024, 3, 12)
DOCUMENT = "https://www.tokopedia.com/document"


def load(rule_id: str) -> list[dict[str, Any]]:
    """Return the cases of a rule in the order of the file."""
    return yaml.safe_load((CASES / f"{rule_id}.yaml").read_text(encoding="utf-8"))["cases"]


def cases(rule_id: str):
    """Return a decorator that runs a test once a case."""
    listed = load(rule_id)
    return pytest.mark.parametrize("case", listed, ids=[case["name"] for case in listed])


def judged(tmp_path: Path, rule_id: str, case: dict[str, Any]) -> tuple[Bundle, Judgement]:
    """Make the bundle of a case and judge it by one rule of the pack in force on its day."""
    day = case.get("as_of", DAY)
    bundle = make_bundle(
        tmp_path,
        visits=[_visit(visit) for visit in case["visits"]],
        requests=[*(_request(request) for request in case.get("requests", [])), *_documents(case)],
        refusals=[Refusal(time=MOMENT, **refusal) for refusal in case.get("refusals", [])],
        as_of=day,
        files=_netlog(case),
        **_run_facts(case),
    )
    return bundle, judge(bundle, only(pack_in_force(day), rule_id), load_brands())


def _netlog(case: dict[str, Any]) -> dict[str, bytes]:
    """Return the network log of a case: what `netlog` lists, and the requests that pages told of too."""
    if "netlog" not in case:
        return {}
    log = ALog()
    for request in (*case.get("requests", []), *({"url": each.url} for each in _documents(case))):
        log.request(request["url"], method=request.get("method", "GET"))
    for facts in case["netlog"]:
        log.request(**facts)
    return {layout.NETLOG: log.packed(complete=case.get("netlog_complete", True))}


def _documents(case: dict[str, Any]) -> list[Any]:
    """Return a request for the page of each visit; a case with `silent: true` has none."""
    reached = [number for number, visit in enumerate(case["visits"], 1) if visit.get("reached", True)]
    listed = [] if case.get("silent") else reached
    return [a_request(DOCUMENT, visit=number, type="document", id=f"d{number}") for number in listed]


def _run_facts(case: dict[str, Any]) -> dict[str, Any]:
    facts = dict(case.get("run", {}))
    if "failures" in facts:
        facts["failures"] = tuple(CollectorFailure(**failure) for failure in facts["failures"])
    return facts


def only(pack: PolicyPack, *rule_ids: str) -> PolicyPack:
    """Return a pack with these rules alone."""
    kept = [each for each in pack.obligations if set(each.rules) & set(rule_ids)]
    obligations = tuple(
        each.model_copy(update={"rules": tuple(rule for rule in each.rules if rule in rule_ids)})
        for each in kept
    )
    rules = {rule: table for rule, table in pack.rules.items() if rule in rule_ids}
    return pack.model_copy(update={"obligations": obligations, "rules": rules})


def check(tmp_path: Path, rule_id: str, case: dict[str, Any]) -> RuleResult:
    """Judge a case and hold the rule's result against what the case expects."""
    _, judgement = judged(tmp_path, rule_id, case)
    result = result_of(judgement, rule_id)
    found = sorted(map(_said, result.findings), key=str)
    assert result.error is None
    assert found == sorted(case.get("findings", []), key=str)
    assert result.verdict.value == case["verdict"]
    if "gaps" in case:
        assert [gap.message.id for gap in result.gaps] == case["gaps"]
    return result


def result_of(judgement: Judgement, rule_id: str) -> RuleResult:
    """Return what a rule said."""
    return next(result for result in judgement.rules if result.rule == rule_id)


def _said(finding: Any) -> dict[str, Any]:
    said = {"says": finding.message.id.partition(".")[2], "observed": finding.observed}
    if finding.excuse:
        said["excused"] = finding.excuse.reason
    return said


def _visit(facts: dict[str, Any]) -> Any:
    facts = dict(facts)
    kind = facts.pop("stage")
    if "pages" in facts:
        facts["pages"] = [_page(page) for page in facts["pages"]]
    if "failures" in facts:
        facts["failures"] = [CollectorFailure(**failure) for failure in facts["failures"]]
    return a_visit(kind, **_records(facts))


def _page(facts: dict[str, Any]) -> Any:
    return a_page(**_records(dict(facts)))


def _records(facts: dict[str, Any]) -> dict[str, Any]:
    """Turn the plain values of a case into the records that a page is made of."""
    makers = {
        "text": lambda node: text_node(**_node(node)) if isinstance(node, dict) else node,
        "media": lambda media: MediaNode(**media),
        "frames": lambda frame: FrameRecord(**frame),
        "forms": lambda form: _form(**form),
        "storage": lambda item: StoredItem(**item),
    }
    if "picture" in facts:
        facts["picture"] = _picture(**facts["picture"])
    return {
        name: [makers[name](each) for each in value] if name in makers else value
        for name, value in facts.items()
    }


def _picture(size: Any = (640, 240), lines: Any = (), icons: Any = (), back: str = "white") -> Image.Image:
    """Draw a page: lines of text and icons with place, size in px and colour. Icons lie beside the cases."""
    picture = Image.new("RGB", tuple(size), back)
    draw = ImageDraw.Draw(picture)
    for line in lines:
        font = ImageFont.load_default(line.get("px", 44))
        draw.text(tuple(line.get("at", (40, 80))), line["text"], font=font, fill=line.get("fill", "black"))
    for icon in icons:
        with Image.open(CASES / f"{icon['icon']}.png") as drawn:
            shape = drawn.resize((icon["px"], icon["px"]), Image.Resampling.LANCZOS)
        picture.paste(Image.new("RGB", shape.size, icon.get("fill", "black")), tuple(icon["at"]), shape)
    return picture


def _node(node: dict[str, Any]) -> dict[str, Any]:
    return {**node, "boxes": tuple(tuple(box) for box in node.get("boxes", ()))}


def _form(fields: list[str], **facts: Any) -> FormRecord:
    return FormRecord(fields=tuple(FormField(name=name, type="text") for name in fields), **facts)


def _request(facts: dict[str, Any]) -> Any:
    return a_request(**facts)
