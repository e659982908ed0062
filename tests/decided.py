"""Decisions for tests."""

from __future__ import annotations

from uuid import uuid4

from crawler.model.decision import FindingDecision, SignOff, Undo
from crawler.model.excepted import ExceptedMention

FINGERPRINT = "ab" * 16
SEEN = "cd" * 32
SEAL = "ef" * 32


def a_decision(action="confirm", *, by="ani", reason=None, **facts):
    defaults = {
        "key": uuid4().hex,
        "by": by,
        "action": action,
        "target": "toko-a",
        "fingerprint": FINGERPRINT,
        "seen": SEEN,
        "policy": "permendag-31-2023",
        "rule": "foreign-brand-text",
        "stage": "cart",
        "severity": "low",
        "reason": reason if reason is not None else "misread" if action == "dismiss" else "",
    }
    return FindingDecision.model_validate(defaults | facts)


def an_undo(decision, *, by=None, **facts):
    defaults = {
        "key": uuid4().hex,
        "by": by or decision.by,
        "target": decision.target,
        "fingerprint": decision.fingerprint,
        "undoes": decision.key,
    }
    return Undo.model_validate(defaults | facts)


def a_sign_off(*, by="ani", **facts):
    defaults = {
        "key": uuid4().hex,
        "by": by,
        "policy": "permendag-31-2023",
        "seal": SEAL,
        "judgement": SEAL,
        "unsettled": 0,
    }
    return SignOff.model_validate(defaults | facts)


def an_exception(**facts):
    defaults = {
        "number": 1,
        "key": uuid4().hex,
        "phrase": "TikTok Shop",
        "target": "toko-a",
        "reason": "legitimate",
        "by": "ani",
        "since": "2026-11-25",
        "until": "2026-11-29",
        "bundle": "toko-a/20261125T180000Z-00000000",
        "fingerprint": FINGERPRINT,
    }
    return ExceptedMention.model_validate(defaults | facts)
