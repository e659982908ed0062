"""What is payment, what is checkout, and what only looks like it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.derive.claims import signals
from crawler.derive.claims.payments import claims
from crawler.derive.network.request_parts import destination, take_apart, tokens
from crawler.derive.operators.operator import Operators
from crawler.model.evidence import FormField, FormRecord, FrameRecord, Refusal
from crawler.store import layout
from tests.bundles import MOMENT, a_form, a_request, a_visit, make_bundle
from tests.netlogs import ALog

PAY_PAGE = "https://pay.tokopedia.com/v2/payment"
QRIS = "00020101021226670016ID.CO.QRIS.WWW01189360091400000000005204541153033605802ID5904TOKO6304A1B2"
QRIS = QRIS.replace("53033605802", "5303360540510000" + "5802")
JSON = "application/json"


def judge(tmp_path, request, kind="payment", **facts):
    """Return the claim of one request at a visit of a kind; payment is tried for a page of no known host."""
    visit = a_visit(kind, url="https://shop.test/page", **facts)
    bundle = make_bundle(tmp_path, [visit], [request])
    return claims(bundle, Operators.on(bundle.run.as_of))[0]


def post(url, body=None, **facts):
    return a_request(url, method="POST", body=body, **facts)


STRONG = {
    "card in the query": (a_request("https://x.test/t?card_number=4811111111111114"), "card-field"),
    "card in a form": (post("https://x.test/t", "card%5Bnumber%5D=1&cvv=123"), "card-field"),
    "card in JSON": (
        post("https://x.test/t", json.dumps({"c": {"cardNumber": "4811111111111114"}}), content_type=JSON),
        "card-field",
    ),
    "card in the address of a picture": (
        a_request("https://x.test/p.gif?card_number=4811111111111114", type="image"),
        "card-field",
    ),
    "3-D Secure 1": (post("https://x.test/acs", "PaReq=a&MD=b&TermUrl=c"), "gateway-fields"),
    "3-D Secure 2": (post("https://x.test/acs", "creq=a"), "gateway-fields"),
    "3-D Secure method": (post("https://x.test/acs", "threeDSMethodData=a"), "gateway-fields"),
    "Tokopedia's form": (
        post("https://x.test/f", "merchant_code=a&transaction_id=b&signature=c&amount=1&back_url=d"),
        "gateway-fields",
    ),
    "KlikPay": (post("https://x.test/f", "klikPayCode=a&transactionNo=b&miscFee=0"), "gateway-fields"),
    "SNAP path": (post("https://x.test/api/v1.0/transfer-va/create-va"), "snap-path"),
    "SNAP headers": (
        post("https://x.test/a", headers={"X-PARTNER-ID": "1", "X-SIGNATURE": "2", "X-TIMESTAMP": "3"}),
        "snap-headers",
    ),
    "QRIS sent": (post("https://x.test/q", json.dumps({"q": QRIS}), content_type=JSON), "qris"),
    "QRIS received": (a_request("https://x.test/q", response_body=QRIS.encode()), "qris-answer"),
    "Snap script": (a_request("https://app.midtrans.com/snap/snap.js", type="script"), "gateway"),
    "GoPay script": (
        a_request("https://gwk.gopayapi.com/sdk/stable/gp-container.min.js", type="script"),
        "gateway",
    ),
    "Xendit script": (a_request("https://js.xendit.co/v1/xendit.min.js", type="script"), "gateway"),
    "PIPO front end": (a_request("https://x.test/pipo_fe/ecom/checkout/1"), "gateway"),
    "PIPO cashier": (a_request("https://cashier-sg.pipopay.com/x", type="document"), "gateway"),
    "Cardinal": (post("https://centinelapi.cardinalcommerce.com/V2/Cruise/StepUp"), "gateway"),
    "card token by GET": (a_request("https://api.midtrans.com/v2/token?client_key=1"), "gateway"),
    "wallet link": (a_request("gojek://gopay/merchanttransfer?tref=1", type="document"), "deep-link"),
    "intent link": (
        a_request("intent://gopay#Intent;scheme=gojek;package=com.gojek.app;end", type="document"),
        "deep-link",
    ),
    "refused order": (
        post("https://oec-api.tiktokv.com/api/v1/order/create", state="refused"),
        "refused-order",
    ),
}


@pytest.mark.parametrize("name", STRONG)
def test_one_strong_mark_is_enough(tmp_path, name):
    request, mark = STRONG[name]
    claim = judge(tmp_path, request)
    assert claim.claim == "payment"
    assert mark in claim.strong


@pytest.mark.parametrize(
    ("request_", "marks"),
    [
        (post("https://fp-sg.pipopay.com/payment/v1/intent"), {"path", "payment-host", "sent-at-payment"}),
        (post("https://x.test/api/pay"), {"path", "sent-at-payment"}),
        (
            post("https://pay.x.test/api/createPayment"),
            {"path", "host-name", "sent-at-payment", "gateway-call"},
        ),
        (
            post("https://gql.tokopedia.com/graphql", '{"operationName":"toppayCharge"}', content_type=JSON),
            {"operation", "sent-at-payment"},
        ),
        (post("https://x.test/api", "bank_code=014&gross_amount=1"), {"fields", "sent-at-payment"}),
        (
            post("https://x.test/api", '{"amount":1,"currency":"IDR"}', content_type=JSON),
            {"amount", "sent-at-payment", "gateway-call"},
        ),
        (a_request("https://shop.test/page", type="document", frame="https://shop.test/page"), None),
    ],
)
def test_medium_marks_count_from_two(tmp_path, request_, marks):
    claim = judge(tmp_path, request_)
    if marks is None:
        assert (claim.claim, claim.medium) == ("other", ("payment-page",))
    else:
        assert claim.claim == "payment"
        assert set(claim.medium) == marks
        assert not claim.strong


TRAPS = {
    "monitoring with checkout in its name": post(
        "https://mon15-normal-alisg-checkout.tiktokv.com/checkout/pay/report", "a=1"
    ),
    "checkout events": post("https://hub.tokopedia.com/iris/v1/checkout/payment", "e=checkout"),
    "bookkeeping": post("https://seller-id.tokopedia.com/api/v1/pay/statement/list", "a=1"),
    "balance page": a_request("https://www.tokopedia.com/payment/deposit", type="document"),
    "payment logo": a_request(
        "https://snap-assets.al-pc-id-b.cdn.gtflabs.io/logos/qris-pay.svg", type="image"
    ),
    "logo of a payment host": a_request("https://api.midtrans.com/payment/logo.png", type="image"),
    "logos fetched": a_request("https://pay.tokopedia.com/payment/logos/qris.json"),
    "payload": post("https://x.test/payload", "a=1"),
    "display": post("https://x.test/display/paypal-button", "a=1"),
    "payment events": post("https://x.test/payment/events", "a=1"),
    "beacon": post("https://pay.x.test/payment", "a=1", type="ping"),
    "captcha at payment": post("https://www.recaptcha.net/recaptcha/api2/payment", "a=1"),
    "advert": post("https://stats.g.doubleclick.net/pay/checkout", "a=1"),
    "telemetry of the gateway page": post("https://bam.nr-data.net/events/1/payment", "a=1"),
    "fingerprint": post("https://mssdk-sg.tiktok.com/web/payment/report", "a=1"),
    "preview": a_request("https://x.test/snapshot/overpayment"),
    "style of the payment page": a_request("https://pay.tokopedia.com/payment/pay.css", type="stylesheet"),
}


@pytest.mark.parametrize("name", TRAPS)
@pytest.mark.parametrize("kind", ["payment", "checkout"])
def test_traps_are_not_claimed(tmp_path, name, kind):
    claim = judge(tmp_path, TRAPS[name], kind)
    assert claim.claim == "other", claim


def test_a_strong_mark_counts_even_in_a_trap(tmp_path):
    claim = judge(tmp_path, post("https://hub.tokopedia.com/iris/events", "card_number=4811111111111114"))
    assert (claim.claim, claim.trap) == ("payment", "role telemetry")


@pytest.mark.parametrize(
    ("request_", "kind", "expected"),
    [
        (
            post("https://gql.tokopedia.com/graphql", '{"operationName":"CartQuery"}', content_type=JSON),
            "cart",
            "checkout",
        ),
        (
            post("https://x.test/graphql", '[{"query":"mutation addToCart { a }"}]', content_type=JSON),
            "product",
            "checkout",
        ),
        (post("https://x.test/graphql", '{"operationName":"Recommend"}', content_type=JSON), "cart", "other"),
        (post("https://oec-api.tiktokv.com/api/v1/shop/cart/add"), "product", "checkout"),
        (a_request("https://oec-api.tiktokv.com/api/v1/shop/list"), "cart", "checkout"),
        (a_request("https://oec-api.tiktokv.com/api/v1/shop/list"), "storefront", "other"),
        (a_request("https://x.test/api/cart/count"), "storefront", "other"),
        (a_request("https://shop.test/page", type="document"), "cart", "checkout"),
        (a_request("https://shop.test/page", type="document"), "storefront", "other"),
        (a_request("https://x.test/checkout/app.js", type="script"), "checkout", "other"),
        (post("https://x.test/checkout/pay"), "payment", "payment"),
    ],
)
def test_checkout(tmp_path, request_, kind, expected):
    assert judge(tmp_path, request_, kind).claim == expected


@pytest.mark.parametrize(
    ("site", "reached", "reason", "expected"),
    [
        ("", False, "challenge", "other"),
        ("", False, "navigation", "other"),
        ("https://shop.test", False, "challenge", "checkout"),  # a page led there
        ("", False, "timeout", "checkout"),  # its page was there
        ("", True, None, "checkout"),
    ],
)
def test_what_the_journey_asked_for_and_a_wall_answered_says_nothing_of_the_shop(
    tmp_path, site, reached, reason, expected
):
    url = "https://shop.test/checkout"
    log = ALog()
    log.request(url, site=site, main=True, at=0.1)
    visit = a_visit("checkout", url=url, reached=reached, reason=reason)
    asked = a_request(url, type="document")
    bundle = make_bundle(tmp_path, [visit], [asked], files={layout.NETLOG: log.packed()})
    assert claims(bundle, Operators.on(bundle.run.as_of))[0].claim == expected


def test_contacted_needs_an_answer(tmp_path):
    for number, (facts, contacted) in enumerate(
        [
            ({}, True),
            ({"answered": False}, False),
            ({"contacted": False, "failure": "csp"}, False),
            ({"state": "refused"}, False),
        ]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        claim = judge(folder, post("https://api.midtrans.com/v2/charge", **facts))
        assert (claim.contacted, claim.claim) == (contacted, "payment")


def of(tmp_path, via, visit, **facts):
    bundle = make_bundle(tmp_path, [visit], **facts)
    return [claim for claim in claims(bundle, Operators.on(bundle.run.as_of)) if claim.via == via]


def frames(url, allow=""):
    return [
        FrameRecord(frame=0, parent=None, url=PAY_PAGE, name=""),
        FrameRecord(frame=1, parent=0, url=url, name="", allow=allow),
    ]


class TestForms:
    def test_card_form_counts_where_it_points(self, tmp_path):
        form = a_form("https://api.midtrans.com/v2/x", ["card_number", "card_cvv"])
        (claim,) = of(tmp_path, "form", a_visit("checkout", forms=[form]))
        assert (claim.request, claim.host, claim.state) == (None, "api.midtrans.com", "declared")
        assert not claim.contacted

    def test_card_field_by_autocomplete_only_and_no_action(self, tmp_path):
        field = FormField(name="", type="text", autocomplete="billing cc-number")
        visit = a_visit(
            "payment", url=PAY_PAGE, forms=[a_form("", [field], frame=1)], frames=frames("https://c.test/x")
        )
        (claim,) = of(tmp_path, "form", visit)
        assert claim.host == "c.test"

    def test_payment_form_at_payment(self, tmp_path):
        (claim,) = of(
            tmp_path, "form", a_visit("payment", forms=[a_form("https://x.test/payment", ["method"])])
        )
        assert claim.strong == ("payment-form",)

    @pytest.mark.parametrize(
        "form",
        [
            a_form("https://www.tokopedia.com/search", ["q"], method="get"),
            a_form("https://news.test/subscribe", ["email"]),
            a_form("https://pay.tokopedia.com/search", ["q"], method="get"),
        ],
    )
    def test_other_forms_at_payment(self, tmp_path, form):
        assert of(tmp_path, "form", a_visit("payment", url=PAY_PAGE, forms=[form])) == []

    def test_payment_form_elsewhere(self, tmp_path):
        assert of(tmp_path, "form", a_visit("cart", forms=[a_form("https://x.test/payment", ["a"])])) == []


class TestFrames:
    @pytest.mark.parametrize(
        ("url", "allow"),
        [
            ("https://cashier-my4a.pipopay.com/c", ""),
            ("https://x.test/", "payment *"),
            ("https://x.test/pay/", ""),
        ],
    )
    def test_payment_frame(self, tmp_path, url, allow):
        visit = a_visit("payment", url=PAY_PAGE, frames=frames(url, allow))
        (claim,) = of(tmp_path, "frame", visit)
        assert "payment-frame" in claim.strong

    @pytest.mark.parametrize(
        ("url", "allow"),
        [
            ("https://www.recaptcha.net/anchor", "payment"),
            ("https://x.test/help", ""),
            ("about:blank", ""),
            ("https://pay.tokopedia.com/help", ""),
        ],
    )
    def test_other_frames(self, tmp_path, url, allow):
        assert of(tmp_path, "frame", a_visit("payment", url=PAY_PAGE, frames=frames(url, allow))) == []


def test_refused_submit_is_an_intended_destination(tmp_path):
    from crawler.model.evidence import GuardStatement

    refusal = Refusal(
        time=MOMENT, visit=1, what="submit", page_url=PAY_PAGE, method="POST", url="https://x.test/order"
    )
    click = Refusal(time=MOMENT, visit=1, what="click", page_url=PAY_PAGE, control="Bayar")
    guard = GuardStatement(
        enabled=True, known_orders_sent=0, words_sha256="0" * 64, refusals=(refusal, click)
    )
    (claim,) = of(tmp_path, "refusal", a_visit("payment"), guard=guard)
    assert (claim.claim, claim.state, claim.host, claim.contacted) == ("payment", "refused", "x.test", False)


def test_each_request_once_and_in_order(tmp_path):
    requests = [request for request, _ in STRONG.values()] + list(TRAPS.values())
    bundle = make_bundle(tmp_path, [a_visit("payment")], requests)
    found = [claim.request for claim in claims(bundle, Operators.on()) if claim.request]
    assert found == [f"r{number}" for number in range(1, len(requests) + 1)]
    assert claims(bundle, Operators.on()) == claims(bundle, Operators.on())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/createPayment/v2", {"create", "payment", "v"}),
        ("/payload/display/paypal", {"payload", "display", "paypal"}),
        ("/v2/3dsecure/callback", {"v", "3dsecure", "callback"}),
        ("/TOPPAY_api", {"toppay", "api"}),
        ("/checkout/payment-details/", {"checkout", "payment", "details"}),
    ],
)
def test_tokens(text, expected):
    assert tokens(text) == expected


@given(st.text(), st.lists(st.text()), st.text())
def test_anything_can_be_taken_apart(url, fields, body):
    parts = take_apart(url, fields, (), body)
    assert parts.url == url
    assert take_apart("https://x.test/?" + url, fields, (), "{" + body).host == "x.test"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("gojek://gopay/x", "gojek:"),
        ("SNSSDK1180://cashier", "snssdk1180:"),
        ("intent://x#Intent;scheme=gojek;package=com.gojek.app;end", "gojek:"),
        ("intent://x#Intent;package=com.ss.android.ugc.trill;end", "snssdk1180:"),
        ("intent://x#Intent;scheme=https;package=com.zhiliaoapp.musically;end", "snssdk1233:"),
        ("intent://pay.asing.test/x#Intent;scheme=https;package=lain.sekali;end", "pay.asing.test"),
        ("intent://x#Intent;package=lain.sekali;end", "intent:"),
        ("https://pay.tokopedia.com/x", "pay.tokopedia.com"),
        ("javascript:void(0)", ""),
        ("data:text/html,x", ""),
        ("blob:https://x.test/1", ""),
    ],
)
def test_where_a_link_leads(url, expected):
    assert destination(url) == expected


@given(st.text())
def test_any_link_leads_somewhere_or_nowhere(url):
    for each in (url, "intent:" + url, "intent://x#Intent;" + url):
        assert isinstance(destination(each), str)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Bayar", True),
        ("  BAYAR  sekarang → ", True),
        ("Bayar Rp120.000", True),
        ("Lanjutkan pembayaran", True),
        ("Pay now", True),
        ("Pay with card", True),
        ("Bayar di tempat", False),
        ("Cara bayar", False),
        ("Metode pembayaran", False),
        ("Pembayaran aman", False),
        ("Payment methods", False),
        ("Bayarlah zakat lewat lembaga resmi yang terdaftar", False),
        ("", False),
    ],
)
def test_a_label_that_leads_to_payment(label, expected):
    assert signals.is_control(label) is expected


def _labelled(*labels):
    fields = tuple(
        FormField(name=f"f{number}", type="text", label=label) for number, label in enumerate(labels)
    )
    return FormRecord(frame=0, action="https://toko.test/next", method="post", fields=fields)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (("Card number", "Valid to", "CCV number"), True),
        (("Nomor  Kartu Kredit", "Masa berlaku (BB/TT)"), True),
        (("Card number", "Name"), False),
        (("Nomor kartu anggota", "Masa berlaku"), False),
        (("Gift card number", "Security code"), False),
        (("Kode keamanan", "E-mail"), False),
        (("Discard numbers", "Expiryless"), False),
        ((), False),
    ],
)
def test_a_card_is_told_by_what_a_person_reads_beside_the_fields(labels, expected):
    assert bool(signals.card_form(_labelled(*labels))) is expected
