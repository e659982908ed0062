"""The catalogues say everything that is used, alike in both languages, and a value stays a value."""

from __future__ import annotations

import ast
import re
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

import crawler
from crawler.browse.guard.limits import LIMITS
from crawler.browse.proxy.proxy import REFUSALS
from crawler.checks import engine, registry
from crawler.checks.rules.operator_identity_missing import How
from crawler.checks.weights import Place
from crawler.derive.claims.payments import Claim
from crawler.derive.network.ledger import CAUSES, State
from crawler.derive.operators.hosts import Confidence, Group, rows
from crawler.derive.operators.operator import Conflict, Operator
from crawler.derive.operators.rungs import Rung, RungName
from crawler.lib import marks, words
from crawler.lib.i18n import LANGUAGES, LOCALE_DIR, Translator, detect, parameters, sentences, translate
from crawler.model.account import Origin, Role
from crawler.model.after import Upkeep
from crawler.model.comparison import Move
from crawler.model.decision import STATES, Action, dismiss_reasons
from crawler.model.evidence import Artifact, Change, Channel, Reason, Refusal, Request, RunRecord
from crawler.model.finding import Finding, Leftovers, PixelReading, Verdict
from crawler.model.night import EndedBy, FindingState
from crawler.model.notice import NoticeState, Side
from crawler.model.policy import PACKS, Obligation, load_pack
from crawler.model.scenario import Stage
from crawler.model.started import StartState
from crawler.model.stock import WhyKept, WhyRemoved
from crawler.model.upload import Upload
from crawler.report.forms import FORMS
from crawler.report.views import PictureView
from crawler.review.routes.hosts import PAYMENTS
from crawler.review.screen import NAVIGATION
from crawler.review.views.asked import OUTCOMES
from crawler.review.views.started import StageLine
from crawler.settings import Case, RunSettings
from crawler.store.index.entries import DAMAGED, SEALED, TOO_NEW, UNSEALED

ROOT = Path(crawler.__file__).parent
TEMPLATES = sorted(path for room in ("report", "review") for path in (ROOT / room / "templates").glob("*.j2"))
CLI_ID = re.compile(  # `night.json` is a file
    r"^((cli|desk|event|channel|digest|remedy)\.[a-z0-9.-]*[a-z0-9]|night\.(?!json$)[a-z-]+)$"
)


def literals(model, field):
    return get_args(model.model_fields[field].annotation)


def dashed(values):
    return [str(value).replace(" ", "-") for value in values if value]


CARRIERS = ["header", "cookie", "query", "body"]
# What may stand behind a prefix. A prefix in a template or sentence that is not here fails a test below.
VALUES = {
    "verdict": [verdict.value for verdict in Verdict],
    "observed": [verdict.value for verdict in Verdict],
    "stage": [stage.value for stage in Stage],
    "range": dashed(REFUSALS),
    "reason": dashed(get_args(Reason)),
    "ended-by": dashed(literals(RunRecord, "ended_by")),
    "severity": literals(Finding, "severity"),
    "kind": literals(Obligation, "kind"),
    "channel": dashed([*get_args(Channel), "pixels", *literals(Claim, "via"), *CARRIERS]),
    "artifact": ["text", "html", "tiles", "storage", "ocr", "wire"],
    "guard.why": literals(Change, "why"),
    "refusal": literals(Refusal, "what"),
    "device": literals(RunSettings, "device"),
    "upkeep": literals(Upkeep, "step"),
    "prune-why": get_args(WhyRemoved),
    "prune-kept": get_args(WhyKept),
    "notice-side": literals(Side, "state"),
    "notice-state": [
        "given",
        *(f"{state}{late}" for state in get_args(NoticeState) for late in ("", "-late")),
    ],
    "session": literals(RunRecord, "session_kind"),
    "status": literals(RunRecord, "status"),
    "notice.origin": [origin for origin in literals(RunRecord, "origin") if origin != "crawl"],
    "case": list(Case.model_fields),
    "picture": literals(PictureView, "kind"),
    "group": get_args(Group),
    "conflict": get_args(Conflict),
    "rung": get_args(RungName),
    "rung-result": dashed(literals(Rung, "result")),
    "cause": CAUSES,
    "entry-state": get_args(State),
    "bare": ["connection", "datagrams", "datagrams-unanswered", "tool"],
    "witness": ["both", "events", "log"],
    "desk.nav": [name for name, _ in NAVIGATION],
    "desk.lang": LANGUAGES,
    "desk.role": list(Role),
    "desk.state": dashed([SEALED, UNSEALED, DAMAGED, TOO_NEW]),
    "desk.form": FORMS,
    "desk.runs": ["target", "scenario"],
    "desk.origin": get_args(Origin),
    "column": ["stage", "operator", "state", "witness"],
    "role": sorted({row.role for row in rows() if row.role}),
    "place": get_args(Place),
    "visible": ["yes", "no"],
    "measured": literals(Leftovers, "measured"),
    "grade": literals(PixelReading, "grade"),
    "reading": literals(PixelReading, "second"),
    "sent-state": [*literals(Request, "state"), *literals(Claim, "state")],
    "claim-via": literals(Claim, "via"),
    "unaddressed": [*words.load("payments")["page"]["unaddressed"], "drawn", "other"],
    "carrier": CARRIERS,
    "checked": [
        "pages",
        "texts",
        "sources",
        "documents",
        "visits",
        "lines",
        "requests",
        "payment-requests",
        "checkout-requests",
        "licence-not-verified",
        "hosts",
        "in-pictures",
        "stages-confirmed",
        "shopping-pages",
        "claims",
        "claims-declared",
        "claims-sent",
        "claims-refused",
        "shopping-requests",
        "page-requests",
        "pixels",
    ],
    "statement": [how for how in get_args(How) if how != "denied"],
    "mark": sorted({mark for stage in Stage for mark in marks.looked_for(stage.value)}),
    "excuse": [
        *sorted({allowance.reason for pack in PACKS for allowance in load_pack(pack).allowed}),
        "current-name",
        "social-medium",
        "exception",
    ],
    "article": ["whole", "paragraph", "letter"],
    "morning.ended": get_args(EndedBy),
    "morning.tally": ["new", "remedied", "unsure", "unseen"],
    "morning.section": [
        "targets",
        "notices",
        "new",
        "remedied",
        "unsure",
        "unseen",
        "moves",
        "canary",
        "heads",
    ],
    "morning.means": ["notices", "new", "remedied", "unsure", "unseen", "void", "heads"],
    "morning.side": ["before", "after"],
    "morning.alt": ["before", "after"],
    "morning.canary": ["missed", "false-alarms"],
    "compare": get_args(FindingState),
    "compare.host": get_args(Move),
    "compare.payment": ["came", "went"],
    "compare.variant": ["known", "beside"],
    "collector": [*dashed(literals(Artifact, "kind")), "requests"],
}
VALUES |= {
    "decision": [*get_args(Action), "undo"],
    "decision-state": STATES,
    "desk.upload.state": literals(Upload, "state"),
    "desk.started.stage": get_args(get_type_hints(StageLine)["state"]),
    "desk.started.state": get_args(StartState),
    "desk.decided": ["decided", "undone", "too-late", "changed"],
    "dismissal": sorted(dismiss_reasons()),
    "review.outcome": OUTCOMES,
    "review.host.payment": PAYMENTS,
    "review.host.match": ["host", "suffix"],
    "review.host.confidence": get_args(Confidence),
}
PATTERNS = {
    "desk.nav.*.means": [name for name, _ in NAVIGATION],
    "rule.*.title": sorted(registry.rules()),
    "obligation.*.title": sorted({o.id for pack in PACKS for o in load_pack(pack).obligations}),
    "verdict.*.means": VALUES["verdict"],
}
MAY_BE_UNKNOWN = {"collector"}  # shown as they stand where there is no sentence


def expand(pattern):
    """Return all ids that a pattern such as `stage` or `rule.*.title` stands for."""
    if pattern in MAY_BE_UNKNOWN:
        return []
    if "*" in pattern:
        return [pattern.replace("*", value) for value in PATTERNS[pattern]]
    return [f"{pattern}.{value}" for value in VALUES[pattern]]


def in_templates():
    """Return every id and pattern that the templates use."""
    fixed, patterns = set(), set()
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        fixed |= set(re.findall(r'\bt\("([a-z][a-z0-9._-]*)"[,)]', text))
        for head, tail in re.findall(r't\("([a-z.-]+)\." ~ [\w.]+(?: ~ "([a-z.]+)")?', text):
            patterns.add(f"{head}.*{tail}" if tail else head)
        for head, tail in re.findall(r'label\("([a-z.-]+)", [\w.]+(?:, "([a-z.]+)")?\)', text):
            patterns.add(f"{head}.*{tail}" if tail else head)
    return fixed, patterns


def in_code(pattern):
    """Return every string constant of the package's code that matches a pattern."""
    found = set()
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and pattern.match(node.value):
                found.add(node.value)
    return found


def used():
    """Return every id that anything may show."""
    fixed, patterns = in_templates()
    spread = {message_id for pattern in patterns for message_id in expand(pattern)}
    return fixed | spread | set(engine.message_ids()) | in_code(CLI_ID)


def placeholders():
    """Return every `{name|pattern}` of both catalogues as its pattern."""
    found = set()
    for lang in LANGUAGES:
        for forms in sentences(lang).values():
            found |= set(re.findall(r"\{\w+\|([a-z.*-]+)\}", " ".join(forms)))
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_id_in_use_has_a_sentence(lang):
    assert sorted(used() - set(sentences(lang))) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_value_that_a_sentence_translates_has_one(lang):
    missing = {message_id for pattern in placeholders() for message_id in expand(pattern)}
    assert sorted(missing - set(sentences(lang))) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_id_stands_twice(lang):
    source = (LOCALE_DIR / f"{lang}.po").read_text(encoding="utf-8")
    ids = re.findall(r'^msgid "(.+)"$', source, re.MULTILINE)
    assert len(ids) > 800
    assert [each for each, times in Counter(ids).items() if times > 1] == []


def test_templates_are_really_searched():
    fixed, patterns = in_templates()
    assert {"section.obligations", "picture.original", "guard.none"} <= fixed
    assert {"verdict", "stage", "verdict.*.means", "rule.*.title", "channel"} <= patterns


def test_both_catalogues_have_the_same_ids_and_parameters():
    indonesian, english = sentences("id"), sentences("en")
    assert set(indonesian) == set(english)
    differing = [
        message_id
        for message_id in indonesian
        if {p for form in indonesian[message_id] for p in parameters(form)}
        != {p for form in english[message_id] for p in parameters(form)}
    ]
    assert differing == []


def test_sentences_take_only_parameters_that_rules_declare():
    english = sentences("en")
    wrong = {
        message_id: parameters(english[message_id][0]) - set(declared)
        for message_id, declared in engine.message_ids().items()
        if parameters(english[message_id][0]) - set(declared)
    }
    assert wrong == {}


def test_no_sentence_was_left_untranslated():
    english = sentences("en")
    same = [i for i, forms in sentences("id").items() if forms[0] == english[i][0] and len(forms[0]) > 45]
    assert same == []


def test_an_unknown_id_is_shown_as_it_is():
    assert translate("id")("no.such-id", text="x") == "no.such-id"


HOSTILE = [
    "{0.__class__}",
    "{stage|stage}",
    "{text}",
    "%(text)s",
    "{",
    "}}",
    "<script>",
    "\\g<0>",
    "a\u202eb",
]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_hostile_value_stays_text(lang, value):
    shown = translate(lang)("invoice-missing.social-issuer", text=value, stage="cart")
    assert f"“{value}”" in shown


@given(st.text(min_size=1))
def test_any_value_is_put_in_once_and_unchanged(value):
    assert f"“{value}”" in translate("en")("invoice-missing.social-issuer", text=value)


def test_parameters_may_have_any_name():
    params = {"self": "a", "message_id": "b", "lang": "c", "page": 2}
    assert (
        translate("en")("gap.picture-truncated", **params)
        == "Page 2 was too long; its screenshot is cut off."
    )


def test_a_missing_parameter_stays_visible():
    assert "{page}" in translate("en")("gap.picture-truncated")


def test_values_that_are_ids_are_shown_as_sentences():
    t = translate("id")
    assert t("gap.unreached", stage="cart", reason="no invoice named") == (
        "Tahap Keranjang tidak tercapai: tidak ada invoice yang ditunjuk untuk diperiksa."
    )
    assert "nowhere" in t("gap.unreached", stage="nowhere", reason="timeout")


def test_plural_forms():
    english, indonesian = translate("en"), translate("id")
    assert english("stages.findings", n=1) == "1 finding"
    assert english("stages.findings", n=0) == "0 findings"
    assert indonesian("stages.findings", n=1_234) == "1.234 temuan"


def test_numbers_and_times_are_written_as_the_language_does():
    moment = datetime(2024, 3, 12, 18, 30, 5, tzinfo=UTC)
    english, indonesian = translate("en"), translate("id")
    assert indonesian.wib(moment) == "13 Maret 2024 01.30.05 WIB"
    assert english.utc(moment) == "12 March 2024 18:30:05 UTC"
    assert indonesian.day(date(2026, 6, 8)) == "8 Juni 2026"
    assert (indonesian.number(1234.5), english.number(1234.5)) == ("1.234,5", "1,234.5")
    assert (indonesian.percent(87), english.size(1_250_000)) == ("87%", "1.2 MB")


@pytest.mark.parametrize(
    ("environment", "lang"),
    [
        ({"LANG": "id_ID.UTF-8"}, "id"),
        ({"LANG": "in_ID"}, "id"),
        ({"LANG": "id_ID.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "id"}, "id"),
        ({"LC_ALL": "", "LANG": "id@latin"}, "id"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "idx"}, "en"),
        ({}, "en"),
    ],
)
def test_detect(environment, lang):
    assert detect(environment) == lang


def test_a_translator_is_made_once():
    assert translate("id") is translate("id")
    assert isinstance(translate("en"), Translator)


def test_operator_conflicts_are_all_named():
    assert str(Operator.model_fields["conflicts"].annotation) == str(tuple[Conflict, ...])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_limit_of_the_guard_has_a_sentence(lang):
    names = [limit.partition(":")[0].replace(" ", "-") for limit in LIMITS]
    assert names
    assert [name for name in names if f"guard.limit.{name}" not in sentences(lang)] == []
