"""Each plant, alone in the clean state, shows at every stage that it names."""

import pytest

from crawler.demo.states import plants
from tests.demo.conftest import CLEAN, Client, running

PATHS = {
    "storefront": "/",
    "search": "/search?q=kopi",
    "product": "/kedai-takengon/kopi-arabika-gayo-wine-process-250-gr-101",
    "cart": "/cart",
    "checkout": "/cart/shipment",
    "info": "/contact-us",
}
KNOWN = {"Cookie": "cart_id=c1; _ga=GA1.1.1"}


def seen(shop):
    """Everything a browser would be given, by stage."""
    client = Client(shop)
    pages = {stage: "https://www.tokopedia.com" + path for stage, path in PATHS.items()}
    pages["payment"] = "https://pay.tokopedia.com/v2/payment?cart=c1"
    pages["invoice"] = shop.invoice_url
    texts = {stage: client.ask(url, headers=KNOWN).text for stage, url in pages.items()}
    texts["payment"] += client.ask("https://app.midtrans.com/snap", headers=KNOWN).text
    texts["storefront"] += client.ask("https://www.tokopedia.com/manifest.json").text
    texts["banner"] = client.ask("https://images.tokopedia.net/banner/beranda-utama.jpg").body
    return texts


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    with running(CLEAN, tmp_path_factory.mktemp("clean")) as shop:
        return seen(shop)


def test_the_clean_pages_name_the_social_medium_in_one_footer_link(clean):
    texts = {stage: text.lower() for stage, text in clean.items() if stage != "banner"}
    assert [stage for stage, text in texts.items() if "tiktok" in text] == ["storefront"]
    assert texts["storefront"].count(">ikuti kami di tiktok</a>") == 1
    assert texts["storefront"].count("tiktok") == 2  # the address and the words of that link


def test_the_clean_pages_state_operator_contacts_and_listing(clean):
    assert "disediakan dan dikelola oleh Tokopedia" in clean["storefront"]
    assert "Diproses oleh Tokopedia" in clean["payment"]
    assert "diterbitkan dan dikelola oleh PT Tokopedia" in clean["invoice"]
    for contact in ("0853-1111-1010", "(021) 3441839", "pengaduan.konsumen@kemendag.go.id", "daftar PPMSE"):
        assert contact in clean["info"]


@pytest.mark.parametrize("name", plants())
def test_a_plant_shows_at_every_stage_that_it_names(name, clean, tmp_path):
    with running(CLEAN, tmp_path, plants=[name]) as shop:
        planted = seen(shop)
    named = {str(stage) for turn in plants()[name].turns for stage in turn.stages}
    changed = {stage for stage, text in planted.items() if text != clean[stage]}
    if "banner_name" in plants()[name].switches:  # a drawn name changes pixels alone
        assert changed == {"banner"}
        return
    assert named <= changed or plants()[name].switches.get("replies")
    if not {"inserts", "replies"} & set(plants()[name].switches):
        for turn in plants()[name].turns:
            assert all(turn.observed in planted[stage] for stage in turn.stages)
