"""Nothing passes of which nothing was seen: journeys of walls, and evidence that is taken away."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.checks.engine import judge
from crawler.checks.outcome import exit_code
from crawler.model.finding import VERDICT_ORDER, Verdict
from crawler.model.policy import load_brands, pack_in_force
from tests.bundles import BEARS, a_form, a_request, a_visit, make_bundle

DAY = date(2024, 3, 12)
JOURNEY = ("storefront", "product", "cart", "checkout", "payment", "invoice", "info")
SAYS = "Layanan ini disediakan oleh PT Tokopedia"
PASSES = (Verdict.PASS, Verdict.NOT_APPLICABLE)
NOTICES = (
    "Layanan Pengaduan Konsumen",
    "cs@tokopedia.com",
    "pengaduan.konsumen@kemendag.go.id",
    "Tokopedia terdaftar sebagai PPMSE",
)
MORE = {
    "storefront": (SAYS,),
    "payment": (SAYS,),
    "invoice": ("Invoice", "Diterbitkan oleh PT Tokopedia"),
    "info": NOTICES,
}
WALLS = [
    "Maaf, akses Anda kami batasi. Reference #18.2b8f1702",
    "Ups! Kami perlu waktu sejenak. Kode: 91-A",
    "Mohon tunggu",
    "",
    '{"error":"blocked","code":1015}',
    f"Sebentar ya.\n{SAYS}",
    "Selamat datang",
    "Halaman ini hanya untuk undangan",
]


def address(stage: str) -> str:
    """Return where a page of the clean shop is."""
    return f"https://www.tokopedia.com/{stage}"


def clean(*left_out: str, says: dict[str, tuple[str, ...]] | None = None):
    """Return the visits of a shop that passes everything that needs no picture."""
    form = a_form("https://pay.tokopedia.com/charge", ["cardNumber", "cvv"])
    return [
        a_visit(
            stage,
            url=address(stage),
            title="Shop | Tokopedia",
            text=[*MORE.get(stage, ()), *(says or {}).get(stage, ())],
            forms=[form] if stage == "payment" else [],
            bare=stage in left_out,
        )
        for stage in JOURNEY
    ]


def documents(stages=JOURNEY):
    """Return the requests for the pages of the journey."""
    return [a_request(address(stage), visit=JOURNEY.index(stage) + 1, type="document") for stage in stages]


def judged(folder, visits, requests):
    """Judge a bundle by the pack of the day; the rules that read pixels are not asked: there are none."""
    bundle = make_bundle(folder, visits=visits, requests=requests, as_of=DAY)
    pack = pack_in_force(DAY)
    read = [
        each.model_copy(
            update={
                "rules": tuple(r for r in each.rules if r not in ("foreign-brand-pixels", "foreign-logo"))
            }
        )
        for each in pack.obligations
    ]
    rules = {
        name: table
        for name, table in pack.rules.items()
        if name not in ("foreign-brand-pixels", "foreign-logo")
    }
    return bundle, judge(
        bundle, pack.model_copy(update={"obligations": tuple(read), "rules": rules}), load_brands()
    )


def verdicts(judgement):
    """Return the verdict of each obligation."""
    return {each.obligation: each.verdict for each in judgement.obligations}


def test_a_clean_shop_passes_everything(tmp_path):
    _, judgement = judged(tmp_path, clean(), documents())
    assert set(verdicts(judgement).values()) == {Verdict.PASS}
    assert [each.state for each in judgement.sightings] == ["confirmed"] * len(JOURNEY)


@pytest.mark.parametrize("said", WALLS)
def test_a_journey_of_walls_passes_nothing_and_accuses_nobody(tmp_path, said):
    """The same page, with a neutral title, stands in for every stage, and nobody recognised it."""
    visits = [
        a_visit(stage, url=address(stage), title="Toko", text=said.split("\n"), bare=True)
        for stage in JOURNEY
    ]
    bundle, judgement = judged(tmp_path, visits, documents())
    assert set(verdicts(judgement).values()) == {Verdict.NOT_TESTABLE}
    assert (judgement.index.passed, judgement.index.judged, judgement.index.percent) == (0, 0, None)
    assert exit_code(judgement, bundle.run) == 3
    assert all(each.gaps for each in judgement.rules)


@pytest.mark.parametrize("stage", ["cart", "checkout", "payment", "invoice", "info"])
def test_the_obligations_of_a_stage_do_not_pass_where_its_page_shows_nothing_of_it(tmp_path, stage):
    """A wall in the place of one stage voids what rests on that stage, and only that."""
    visits = clean(stage)
    visits[JOURNEY.index(stage)] = a_visit(
        stage, url=address(stage), title="Toko", text=["Mohon tunggu"], bare=True
    )
    _, judgement = judged(tmp_path, visits, documents())
    resting = {
        "cart": {"checkout"},
        "checkout": {"checkout"},
        "payment": {"payment", "identity"},
        "invoice": {"invoice"},
        "info": {"complaints", "listing"},
    }[stage]
    open_ones = {name for name, verdict in verdicts(judgement).items() if verdict == Verdict.NOT_TESTABLE}
    assert open_ones == resting
    assert set(verdicts(judgement).values()) == {Verdict.PASS, Verdict.NOT_TESTABLE}
    unconfirmed = {kind.value for each in judgement.obligations for kind in each.stages_unconfirmed}
    assert unconfirmed <= {stage}


def test_findings_survive_a_page_that_is_not_confirmed(tmp_path):
    visits = clean("payment")
    visits[4] = a_visit("payment", url=address("payment"), text=["Bayar di TikTok Shop"], bare=True)
    foreign = a_request("https://pay.tiktok.com/charge", visit=5, method="POST", body="cardnumber=4111")
    _, judgement = judged(tmp_path, visits, [*documents(), foreign])
    assert verdicts(judgement)["naming"] == Verdict.FAIL
    assert verdicts(judgement)["payment"] == Verdict.FAIL


def test_a_cart_on_the_social_mediums_host_is_found_whatever_its_address_says(tmp_path):
    visits = clean()
    visits[2] = replace(visits[2], pages=(replace(visits[2].pages[0], url="https://m.tiktok.com/k/91"),))
    requests = [*documents([stage for stage in JOURNEY if stage != "cart"])]
    requests.append(a_request("https://m.tiktok.com/k/91", visit=3, type="document"))
    _, judgement = judged(tmp_path, visits, requests)
    assert verdicts(judgement)["checkout"] == Verdict.FAIL


TAKEN = ("text", "marks", "forms", "request", "reached", "bare")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gone=st.sets(st.tuples(st.sampled_from(JOURNEY), st.sampled_from(TAKEN)), max_size=5))
def test_less_evidence_never_makes_a_pass(tmp_path_factory, gone):
    """Taking evidence away from a shop that is in question anywhere turns nothing open there into a pass."""
    more = {"product": ("Mall TikTok",), "payment": ("TikTok Shop",)}
    foreign = a_request("https://gerbang-asing.test/pay", visit=5, method="POST", body="cardnumber=4111")
    requests = documents(JOURNEY[:6])  # the page of the last visit is not on record
    _, whole = judged(tmp_path_factory.mktemp("whole"), clean(says=more)[:-1], [*requests, foreign])
    visits, kept = [], list(requests)
    for visit in clean(says=more)[:-1]:
        lost = {what for stage, what in gone if stage == visit.kind.value}
        visits.append(_without(visit, lost))
        if "request" in lost:
            kept = [each for each in kept if JOURNEY[each.visit - 1] != visit.kind.value]
    _, less = judged(tmp_path_factory.mktemp("less"), visits, [*kept, foreign])
    before, after = verdicts(whole), verdicts(less)
    # With the words in question gone from every page it is another shop, whose names may pass.
    renamed = all((stage, "bare") in gone for stage in more)
    for name, verdict in after.items():
        if verdict in PASSES and not (renamed and name == "naming"):
            assert before[name] in PASSES, (name, gone)
        untouched = before[name] in (Verdict.PASS, Verdict.NOT_TESTABLE)
        if untouched:  # and what is lost accuses nobody
            assert VERDICT_ORDER.index(verdict) >= VERDICT_ORDER.index(Verdict.NOT_TESTABLE), name


def _without(visit, lost):
    """Return a visit from which some of its evidence is gone."""
    page = visit.pages[0]
    if "text" in lost:
        page = replace(page, without=("text",))
    if "forms" in lost:
        page = replace(page, forms=())
    if "bare" in lost:
        page = replace(page, text=())
    facts = {"pages": (page,), "bare": "marks" in lost or "bare" in lost}
    if "reached" in lost:
        facts |= {"reached": False, "reason": "timeout", "pages": ()}
    return replace(visit, **facts)


def test_every_stage_of_the_helpers_is_told_by_its_marks(tmp_path):
    """What `tests/bundles.py` says for a stage is what the data looks for."""
    visits = [a_visit(stage, url="https://toko.test/", title="") for stage in BEARS]
    _, judgement = judged(tmp_path, visits, [])
    assert [each.state for each in judgement.sightings] == ["confirmed"] * len(BEARS)
