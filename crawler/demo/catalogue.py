"""Goods on sale in the reference shop."""

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Category(_Data):
    """A shelf: its name and the paragraph printed on its products' pages."""

    id: str
    name: str
    about: str


class Product(_Data):
    """An offer. Prices are whole rupiah; colours are #rrggbb, main then accent."""

    id: int
    name: str
    merchant: str
    city: str
    category: str
    price: int = Field(gt=0)
    discount_percent: int = Field(ge=0, lt=100)
    rating: float = Field(ge=0, le=5)
    sold: int = Field(ge=0)
    shape: str
    colours: tuple[str, str]

    @property
    def price_before(self) -> int:
        """Price before the discount, in rupiah, rounded up to hundreds."""
        return -(-self.price * 100 // (100 - self.discount_percent) // 100) * 100

    @property
    def path(self) -> str:
        """Path of its page, the merchant's name first."""
        return f"/{_slug(self.merchant)}/{_slug(self.name)}-{self.id}"


@cache
def categories() -> Sequence[Category]:
    """Every category, in shelf order."""
    return tuple(Category.model_validate(row) for row in _table()["categories"])


@cache
def products() -> Sequence[Product]:
    """Every product, in shelf order."""
    return tuple(Product.model_validate(row) for row in _table()["products"])


def product(product_id: int) -> Product | None:
    """The product with this id."""
    return next((item for item in products() if item.id == product_id), None)


def find_products(words: str) -> Sequence[Product]:
    """Products whose name, merchant or category holds every word; best sellers first."""
    wanted = words.casefold().split()
    hits = [item for item in products() if all(word in _haystack(item) for word in wanted)]
    return sorted(hits, key=lambda item: -item.sold)


def rupiah(amount: int) -> str:
    """An amount as Indonesian shops print it: Rp1.250.000."""
    return "Rp" + f"{amount:,}".replace(",", ".")


@cache
def _table() -> dict[str, list[dict[str, object]]]:
    return tomllib.loads((Path(__file__).parent / "catalogue.toml").read_text("utf-8"))


def _haystack(item: Product) -> str:
    return f"{item.name} {item.merchant} {item.category}".casefold()


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")
