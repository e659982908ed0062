"""What a scenario is: an id, a title, where it starts and which stages it means to reach."""

from __future__ import annotations

from enum import EnumType, StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]


class _Kinds(EnumType):
    """Says which kinds there are where a scenario names one that there is not."""

    def __getattr__(cls, name: str) -> Any:
        if name.isupper():  # what a scenario writes; everything else is Python asking
            raise AttributeError(f"there is no Stage.{name}; stages are {', '.join(cls.__members__)}")
        raise AttributeError(name)


class Stage(StrEnum, metaclass=_Kinds):
    """The kinds of stage a shopping journey is made of."""

    ENTRY = "entry"
    STOREFRONT = "storefront"
    SEARCH = "search"
    PRODUCT = "product"
    CART = "cart"
    CHECKOUT = "checkout"
    PAYMENT = "payment"
    INVOICE = "invoice"
    LOGIN = "login"
    INFO = "info"


class Title(BaseModel):
    """A title in both languages of the product."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    en: str


class Scenario(BaseModel):
    """The declaration at the top of a scenario file.

    `stages` lists the visits the journey means to make, in order; a kind may repeat. A declared stage that
    the journey never opens is recorded as not reached.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Slug
    title: Title
    start_url: Annotated[str, Field(pattern=r"^https?://", max_length=2_048)]
    stages: tuple[Stage, ...] = Field(min_length=1)
