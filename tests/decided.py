"""Decisions for tests."""

from __future__ import annotations

from uuid import uuid4

from crawler.model.decision import FindingDecision, SignOff, Undo

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
