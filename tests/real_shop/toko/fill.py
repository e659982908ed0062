"""Fill an empty shop: tables, products with pictures, one country; then look at each page once.

Run in the shop's own environment by install.py, with TOKO_STORE_DIR naming an empty directory.
"""

import io
import tomllib
from pathlib import Path

import django
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from oscar.core.loading import get_class, get_model
from PIL import Image

from .pictures import product_picture

CATALOGUE = Path(__file__).parent / "catalogue.toml"


def main() -> None:
    """Make the tables, fill them, and let the shop draw every thumbnail it needs."""
    django.setup()
    call_command("migrate", verbosity=0)
    with transaction.atomic():
        _add_country()
        _add_catalogue(tomllib.loads(CATALOGUE.read_text("utf-8")))
    call_command("rebuild_index", interactive=False, verbosity=0)
    _visit_every_page()


def _add_country() -> None:
    get_model("address", "Country").objects.create(
        iso_3166_1_a2="ID",
        iso_3166_1_a3="IDN",
        iso_3166_1_numeric="360",
        name="Republic of Indonesia",
        printable_name="Indonesia",
        is_shipping_country=True,
    )


def _add_catalogue(catalogue: dict) -> None:
    create_category = get_class("catalogue.categories", "create_from_breadcrumbs")
    kind = get_model("catalogue", "ProductClass").objects.create(name="Barang", track_stock=True)
    partner = get_model("partner", "Partner").objects.create(name="Toko Nusantara", code="nusantara")
    for entry in catalogue["category"]:
        category = create_category(entry["name"])
        category.description = entry["description"]
        category.save()
        for item in entry["product"]:
            _add_product(item, kind, partner, category)


def _add_product(item: dict, kind, partner, category) -> None:
    product = get_model("catalogue", "Product").objects.create(
        upc=item["upc"], title=item["title"], description=item["description"], product_class=kind
    )
    get_model("catalogue", "ProductCategory").objects.create(product=product, category=category)
    get_model("partner", "StockRecord").objects.create(
        product=product,
        partner=partner,
        partner_sku=item["upc"],
        price_currency="IDR",
        price=item["price"],
        num_in_stock=40,
    )
    picture = product_picture(item["picture"], tuple(item["colours"]), item["title"])
    file = ContentFile(_jpeg(picture), name=f"{item['upc'].lower()}.jpg")
    get_model("catalogue", "ProductImage").objects.create(product=product, original=file, display_order=0)


def _jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def _visit_every_page() -> None:
    """Open the lists, each product, and a basket with each in it: thumbnails are made at first sight."""
    client = Client(headers={"host": "toko-oscar.test"})
    pages = ["/", "/catalogue/", "/search/?q=batik", "/basket/"]
    pages += [category.get_absolute_url() for category in get_model("catalogue", "Category").objects.all()]
    for product in get_model("catalogue", "Product").objects.all():
        pages.append(product.get_absolute_url())
        client.post(f"/basket/add/{product.pk}/", {"quantity": 1}, secure=True)
    for page in [*pages, "/basket/"]:
        response = client.get(page, secure=True, follow=True)
        if response.status_code != 200:
            raise SystemExit(f"{page} answers {response.status_code}")
    get_model("basket", "Basket").objects.all().delete()
    get_model("sessions", "Session").objects.all().delete()


if __name__ == "__main__":
    main()
