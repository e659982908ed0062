"""The checkout API works as the pages need it, and an order really becomes a row."""

import pytest

GQL = "https://gql.tokopedia.com/graphql"
REST = "https://oec-api.tiktokv.com/api/v1/shop"


def gql(client, operation, **variables):
    body = {"operationName": operation, "variables": {"cart_id": "c1", **variables}, "query": "query"}
    return client.post(GQL, body).json()["data"]


def test_what_is_added_is_in_the_cart_with_its_sums(client):
    gql(client, "AddToCartMutation", product_id=101)
    order = gql(client, "AddToCartMutation", product_id=101)
    assert (order["count"], order["goods"], order["total"]) == (2, "Rp178.000", "Rp188.000")
    assert gql(client, "CartQuery") == order
    assert client.post(f"{REST}/cart/get", {"cart_id": "c1"}).json()["data"] == order
    assert client.post(f"{REST}/cart/get", {"cart_id": "other"}).json()["data"]["count"] == 0


@pytest.mark.parametrize("product_id", [999, "101", None, True, -1])
def test_what_is_not_on_sale_is_not_added(client, product_id):
    assert gql(client, "AddToCartMutation", product_id=product_id)["count"] == 0


@pytest.mark.parametrize(
    ("url", "body"),
    [
        (GQL, {"operationName": "CreateOrderMutation", "variables": {"cart_id": "c1"}}),
        (f"{REST}/order/create", {"cart_id": "c1"}),
        ("https://pay.tokopedia.com/v2/payment/order/create", {"cart_id": "c1"}),
        ("https://pay.tokopedia.com/v2/payment/order/create", {"cart_id": "empty"}),
    ],
)
def test_an_order_that_is_posted_becomes_a_row(shop, client, url, body):
    gql(client, "AddToCartMutation", product_id=402)
    before = shop.orders()
    answer = client.post(url, body)
    assert answer.json()["data"]["order"].startswith("INV/")
    assert shop.orders() == before + 1
    assert shop._orders.rows()[-1]["via"] == url.removeprefix("https://")


def test_a_plain_form_post_becomes_a_row_too(shop, client):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    client.ask("https://pay.tokopedia.com/v2/payment/order/create", "POST", "cart_id=c1&method=bca", form)
    assert shop.orders() == 2


def test_reading_carts_intents_preflights_and_unknown_operations_place_nothing(shop, client):
    gql(client, "CartQuery")
    client.post("https://pay.tokopedia.com/v2/payment/intent", {"cart_id": "c1"})
    client.ask("https://pay.tokopedia.com/v2/payment/order/create", "OPTIONS")
    client.ask("https://pay.tokopedia.com/v2/payment/order/create")
    assert client.post(GQL, {"operationName": "Other"}).status == 404
    assert client.ask(GQL, "POST", b"[1, 2").status == 404
    assert shop.orders() == 1


def test_a_preflight_lets_the_shop_s_own_page_in(client):
    asked = {"Origin": "https://www.tokopedia.com", "Access-Control-Request-Headers": "content-type,x-source"}
    answer = client.ask(GQL, "OPTIONS", headers=asked)
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "https://www.tokopedia.com"
    assert answer.headers["Access-Control-Allow-Headers"] == "content-type,x-source"
