"""A sealed bundle and a judgement of it, with everything a report has to show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw

from crawler.model.evidence import CollectorFailure, Environment, Refusal
from crawler.model.finding import (
    Excuse,
    Finding,
    Gap,
    Index,
    Judgement,
    Leftovers,
    Locus,
    Message,
    ObligationResult,
    PixelPlace,
    PixelReading,
    RuleResult,
    Verdict,
)
from crawler.model.scenario import Stage
from tests.bundles import a_page, a_request, a_visit, make_bundle

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.store.bundle import Bundle

BANNER = (120.0, 1_400.0, 500.0, 160.0)
HEADER = (24.0, 18.0, 210.0, 40.0)
PAY_BUTTON = (900.0, 420.0, 260.0, 48.0)
PIXELS = "foreign-brand-pixels"
TEXT = "foreign-brand-text"
ENDPOINT = "foreign-payment-endpoint"


def picture(height: int, boxes: dict[tuple[float, ...], str], scale: int = 1) -> Image.Image:
    """Draw a page with something dark where each box is, so that a test can find it again."""
    image = Image.new("RGB", (1_366 * scale, height * scale), "white")
    draw = ImageDraw.Draw(image)
    for top in range(0, height, 260):
        for left in range(24, 1_300, 330):
            shade = 190 + (left + top) % 50
            card = [left * scale, (top + 80) * scale, (left + 300) * scale, (top + 230) * scale]
            draw.rectangle(card, fill=(shade, shade, 225))
    for (x, y, w, h), text in boxes.items():
        draw.rectangle([x * scale, y * scale, (x + w) * scale, (y + h) * scale], fill=(12, 12, 12))
        draw.text(((x + 12) * scale, (y + 8) * scale), text, fill="white", font_size=24 * scale)
    return image


def sample_bundle(tmp_path: Path, **facts: Any) -> Bundle:
    """Build the bundle: five visits, two of them with pictures under findings, one not reached."""
    environment = Environment(
        tool="Pantau 0.1.0",
        commit="0123456789abcdef",
        python="3.11.9",
        os="Debian GNU/Linux 12",
        browser="Chromium 156.0.1.2",
        browser_path="/usr/bin/chromium",
        playwright="1.65.2",
        user_agent="Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0",
        viewport_px=(1_366, 768),
        scale=1.0,
        touch=False,
        locale="id-ID",
        timezone="Asia/Jakarta",
        browser_args=("--headless=new", "--disable-features=" + ",".join(["SomethingLong"] * 60)),
        fonts_sha256="ab" * 32,
        font_count=38,
        ocr="tesseract 5.3.0",
        ocr_languages=("ind", "eng"),
    )
    refusals = [
        Refusal(
            time="2024-03-12T02:00:30.000Z",
            visit=4,
            what="click",
            page_url="https://www.tokopedia.com/payment",
            control="button “Bayar Sekarang”",
            word="Bayar",
        )
    ]
    return make_bundle(
        tmp_path,
        visits=[
            a_visit(
                "storefront",
                title="Shop | Tokopedia",
                text=["TikTok Shop", "Ikuti kami di TikTok"],
                picture=picture(5_200, {HEADER: "TikTok Shop", BANNER: "Beli Lokal di TikTok"}),
                tile_px=2_000,
                unread=("https://iklan.example/frame",),
            ),
            a_visit("product", url="https://www.tokopedia.com/produk/panci", picture=picture(2_400, {})),
            a_visit(
                "cart",
                picture=picture(900, {}),
                failures=(
                    CollectorFailure(
                        collector="storage", page=1, error="CollectorError", message="timed out"
                    ),
                ),
            ),
            a_visit(
                "payment",
                url="https://www.tokopedia.com/payment",
                pages=[
                    a_page(
                        "https://www.tokopedia.com/payment",
                        title="Pembayaran",
                        picture=picture(1_100, {PAY_BUTTON: "Bayar Sekarang"}),
                    ),
                    a_page("https://pay.tiktokv.com/frame", title="", picture=picture(600, {})),
                ],
            ),
            a_visit("invoice", reached=False, reason="no invoice named"),
        ],
        requests=[
            a_request("https://www.tokopedia.com/", visit=1, type="document"),
            a_request("https://images.tokopedia.net/a.png", visit=1, type="image"),
            a_request("https://analytics.tiktok.com/i18n/pixel", visit=1, method="POST", body="a=1"),
            a_request(
                "https://pay.tiktokv.com/api/pay?token=abc", visit=4, method="POST", body="amount=1&card=2"
            ),
            a_request("https://app.midtrans.com/snap/v4/redirection/x", visit=4, type="document"),
            a_request(
                "https://pay.tokopedia.com/order", visit=4, method="POST", state="refused", answered=False
            ),
        ],
        refusals=refusals,
        environment=environment,
        **facts,
    )


def a_finding(**facts: Any) -> Finding:
    """Return a finding; a box or request goes to its locus."""
    values: dict[str, Any] = {
        "rule": TEXT,
        "rule_version": 1,
        "outcome": "fail",
        "severity": "medium",
        "confidence": 0.98,
        "visit": 1,
        "stage": Stage.STOREFRONT,
        "url": "https://www.tokopedia.com/",
        "locus": Locus(page=1),
        "observed": "TikTok Shop",
        "expected": "Shop | Tokopedia",
        "article": "13(3)a",
        "message": Message(id="gap.text-truncated", params={"page": 1}),
        "evidence": ("data/stages/01-storefront/text.json",),
        "fingerprint": "f0" * 16,
    }
    return Finding(**(values | facts))


def sample_judgement(run_id: str = "20240312T020000Z-0000abcd", **facts: Any) -> Judgement:
    """Return a judgement with every verdict, findings of every kind, an excuse and gaps."""
    header = a_finding(locus=Locus(page=1, box=HEADER, channel="text", element="header > a.logo"))
    follow = a_finding(
        observed="Ikuti kami di TikTok",
        status="excused",
        excuse=Excuse(phrase="Ikuti kami di TikTok", reason="follow-link"),
        locus=Locus(page=1, box=(400.0, 5_100.0, 220.0, 20.0), channel="text"),
        fingerprint="f1" * 16,
    )
    banner = a_finding(
        rule=PIXELS,
        outcome="needs_review",
        confidence=0.71,
        observed="Beli Lokal di TikTok",
        locus=Locus(
            page=1,
            box=BANNER,
            channel="pixels",
            element="main > img.banner",
            src="https://images.tokopedia.net/b.png",
        ),
        pixels=(
            PixelPlace(path="data/stages/01-storefront/fullpage-001.png", box_px=(120, 1_400, 500, 160)),
        ),
        reading=PixelReading(
            first="Beli Lokal di TikTok",
            again=("Beli Lokal di TikTek", "Beli"),
            second="differs",
            grade="confusable",
            engine="PP-OCRv4",
            second_engine="tesseract 5.3.0",
        ),
        evidence=("data/stages/01-storefront/fullpage-001.png",),
        fingerprint="f2" * 16,
    )
    pay = a_finding(
        rule=ENDPOINT,
        severity="high",
        article="21(3)",
        visit=4,
        stage=Stage.PAYMENT,
        url="https://www.tokopedia.com/payment",
        observed="pay.tiktokv.com",
        expected="",
        locus=Locus(page=1, request="r4"),
        evidence=("data/requests.jsonl",),
        fingerprint="f3" * 16,
    )
    missing = Gap(
        rule="invoice-missing",
        stage=Stage.INVOICE,
        visit=5,
        message=Message(id="gap.unreached", params={"stage": "invoice", "reason": "no invoice named"}),
    )
    rules = (
        RuleResult(
            rule=TEXT, version=1, verdict=Verdict.FAIL, findings=(header, follow), checked={"texts": 1_204}
        ),
        RuleResult(rule=PIXELS, version=1, verdict=Verdict.NEEDS_REVIEW, findings=(banner,)),
        RuleResult(rule=ENDPOINT, version=1, verdict=Verdict.FAIL, findings=(pay,), checked={"requests": 3}),
        RuleResult(rule="foreign-checkout-backend", version=1, verdict=Verdict.PASS),
        RuleResult(rule="invoice-missing", version=1, verdict=Verdict.NOT_TESTABLE, gaps=(missing,)),
        RuleResult(rule="listing-notice-missing", version=1, verdict=Verdict.NOT_APPLICABLE),
    )
    obligations = (
        obligation("naming", "13(3)a", "fail", TEXT, PIXELS),
        obligation("identity", "13(3)a", "needs_review", PIXELS),
        obligation("payment", "21(3)", "fail", ENDPOINT),
        obligation("checkout", "21(3); 13(3)a", "pass", "foreign-checkout-backend"),
        obligation("invoice", "", "not_testable", "invoice-missing", missing=(Stage.INVOICE,)),
        obligation("listing", "16(2)", "not_applicable", "listing-notice-missing"),
    )
    values: dict[str, Any] = {
        "schema_version": 1,
        "run_id": run_id,
        "policy": "permendag-31-2023",
        "as_of": "2024-03-12",
        "simulated": False,
        "inputs": {"pack": "cd" * 32, "rule:foreign-brand-text": "1"},
        "verdict": Verdict.FAIL,
        "index": Index(
            passed=1, judged=4, percent=25, not_testable=("invoice",), not_applicable=("listing",)
        ),
        "obligations": obligations,
        "rules": rules,
        "leftovers": (
            a_meter(mentions=3, in_review=1, first_screen=1, below=2, area_share=0.0123,
                    channels={"pixels": 1, "text": 2}, excused=1),
            a_meter(visit=2, stage=Stage.PRODUCT, measured="partly", area_share=None),
            a_meter(visit=5, stage=Stage.INVOICE, measured="not", area_share=None),
        ),
    }  # fmt: skip
    return Judgement(**(values | facts))


def a_meter(**facts: Any) -> Leftovers:
    """Return the left-over meter of a stage where nothing is left unless it is said."""
    counts = dict.fromkeys(
        ("mentions", "logos", "in_review", "excused", "first_screen", "below", "unplaced"), 0
    )
    values: dict[str, Any] = {"visit": 1, "stage": Stage.STOREFRONT, "measured": "whole", "area_share": 0.0}
    return Leftovers(**(values | counts | facts))


def obligation(
    name: str, article: str, verdict: str, *rules: str, missing: tuple[Stage, ...] = ()
) -> ObligationResult:
    """Return the result of an obligation with its reasons as the engine tells them."""
    why = [Message(id="why.stage-missing", params={"stage": stage.value}) for stage in missing]
    if verdict not in ("pass", "not_applicable"):
        why += [Message(id="why.rule", params={"rule": rules[0], "verdict": verdict})]
    return ObligationResult(
        obligation=name,
        article=article,
        severity="medium",
        verdict=Verdict(verdict),
        rules=rules,
        stages_missing=missing,
        why=tuple(why),
    )
