"""Makes a folder as a desk has it after a season: many targets on two devices over many nights, judged.

Each run is a sealed bundle made by the writer that a crawl uses (without waiting for the disk): three stages,
a few requests, no pictures. Its findings are drawn from those of its target, so that most of them are seen on
many nights; every tenth is decided.
"""

from __future__ import annotations

import hashlib
import json
import os
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from crawler.model.decision import FindingDecision, decision_key
from crawler.model.finding import Finding, Locus, Message
from crawler.model.seen import seen_hash
from crawler.store import index
from crawler.store.decisions import DecisionBook
from tests.bundles import a_request, a_visit, make_bundle

if TYPE_CHECKING:
    from crawler.store.bundle import Bundle

TARGETS, DEVICES = 40, ("desktop", "mobile")
FIRST_NIGHT = date(2026, 10, 1)
POLICY = "permendag-19-2026"
STAGES = ("storefront", "cart", "payment")
SHOWN_SHARE = 0.4  # of the findings of a target, how many one run shows
RULES = (
    ("foreign-payment-endpoint", "fail", "high", "payment"),
    ("foreign-checkout-backend", "fail", "high", "cart"),
    ("foreign-brand-text", "fail", "medium", "storefront"),
    ("foreign-brand-text", "fail", "medium", "cart"),
    ("operator-identity-missing", "needs_review", "medium", "payment"),
    ("foreign-brand-text", "needs_review", "low", "storefront"),
)
REVIEWERS = ("ani", "budi", "cici")


def build(folder: Path, *, runs: int = 2_000, findings: int = 100_000, decided_share: float = 0.1) -> Path:
    """Write runs with findings and decisions below `folder`, index them, and return where the bundles lie.

    Args:
        folder: An empty folder.
        runs: How many; a night has one for each of 40 targets and 2 devices.
        findings: How many in all runs together.
        decided_share: The share of the findings of a target that somebody decided about.
    """
    each = findings // runs
    pools = {target: _pool(target, round(each / SHOWN_SHARE)) for target in _targets(runs)}
    with patch.object(os, "fsync"):  # the disk is not what is measured
        for number in range(runs):
            target, device, night = _place(number, len(pools))
            bundle = _bundle(folder, number, target, device, night)
            shown = [pools[target][(night + at) % len(pools[target])] for at in range(each)]
            _judge(bundle, target, night, shown)
        for target, pool in pools.items():
            _decide(folder / "snapshots", target, pool[: round(len(pool) * decided_share)])
    out = folder / "snapshots"
    index.update(out, rebuild=True)
    return out


def _targets(runs: int) -> list[str]:
    return [f"toko-{number:02d}" for number in range(min(TARGETS, max(runs // 2, 1)))]


def _place(number: int, targets: int) -> tuple[str, str, int]:
    """Return target, device and night of a run by its number."""
    night, at = divmod(number, targets * len(DEVICES))
    return f"toko-{at // len(DEVICES):02d}", DEVICES[at % len(DEVICES)], night


def _run_id(number: int, night: int) -> str:
    return f"{FIRST_NIGHT + timedelta(days=night):%Y%m%d}T180000Z-{number:08x}"


def _bundle(folder: Path, number: int, target: str, device: str, night: int) -> Bundle:
    visits = [a_visit(stage, text=["TikTok Shop", f"barang nomor {number}"]) for stage in STAGES]
    requests = [
        a_request(f"https://pay.tokopedia.com/v2/{each}", visit=1 + each % len(STAGES)) for each in range(6)
    ]
    requests.append(a_request("https://siapa-ini.example.test/kirim", visit=1, method="POST", body="a=1"))
    return make_bundle(
        folder,
        visits,
        requests,
        scenario_id=target,
        run_id=_run_id(number, night),
        as_of=FIRST_NIGHT + timedelta(days=night),
        target=target,
        device=device,
    )


def _pool(target: str, size: int) -> list[dict[str, Any]]:
    """Return the findings that a target has, as JSON."""
    return [_finding(target, number).model_dump(mode="json") for number in range(size)]


def _finding(target: str, number: int) -> Finding:
    rule, outcome, severity, stage = RULES[number % len(RULES)]
    said = hashlib.sha256(f"{target} {number}".encode()).hexdigest()
    return Finding.model_validate(
        {
            "rule": rule,
            "rule_version": 1,
            "outcome": outcome,
            "severity": severity,
            "confidence": 0.5 + number % 50 / 100,
            "visit": 1 + STAGES.index(stage),
            "stage": stage,
            "url": f"https://www.tokopedia.com/{target}/{stage}",
            "locus": Locus(channel="text", box=(10, 20 + number, 200, 24)),
            "observed": f"TikTok Shop {said[:8]} di {stage}",
            "expected": "Shop | Tokopedia",
            "article": "18(4)a",
            "message": Message(id="gap.text-truncated", params={"page": 1}),
            "evidence": (f"data/stages/{1 + STAGES.index(stage):02d}-{stage}/text.json",),
            "fingerprint": said[:32],
        }
    )


def _judge(bundle: Bundle, target: str, night: int, shown: list[dict[str, Any]]) -> None:
    """Write a judgement that holds the findings, as the index and the desk read it."""
    by_rule: dict[str, list[dict[str, Any]]] = {}
    for finding in shown:
        by_rule.setdefault(finding["rule"], []).append(finding)
    judgement = {
        "schema_version": 1,
        "run_id": bundle.run.run_id,
        "policy": POLICY,
        "as_of": bundle.run.as_of.isoformat(),
        "simulated": False,
        "inputs": {"seal": bundle.seal},
        "verdict": "fail",
        "index": {"passed": 4, "judged": 8, "percent": 50, "not_testable": [], "not_applicable": []},
        "obligations": [],
        "rules": [
            {"rule": rule, "version": 1, "verdict": "fail", "findings": listed}
            for rule, listed in sorted(by_rule.items())
        ],
        "leftovers": None,
        "sightings": None,
    }
    path = bundle.root / "findings" / f"{POLICY}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(judgement), encoding="utf-8")


def _decide(out: Path, target: str, pool: list[dict[str, Any]]) -> None:
    """Let reviewers decide about findings, in the last run of the target."""
    root = max((out / target).iterdir())
    book = DecisionBook(root)
    for number, row in enumerate(pool):
        finding = Finding.model_validate(row)
        by = REVIEWERS[number % len(REVIEWERS)]
        book.decide(
            FindingDecision(
                key=decision_key(f"{target} {number}"),
                by=by,
                action=("confirm", "dismiss", "second-look")[number % 3],
                reason="misread" if number % 3 == 1 else "",
                target=target,
                fingerprint=finding.fingerprint,
                seen=seen_hash(finding, ""),
                policy=POLICY,
                rule=finding.rule,
                stage=finding.stage,
                severity=finding.severity,
            ),
            0,
        )
