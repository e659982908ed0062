"""Shipping methods. With django-oscar's single one the shipping page is skipped."""

from decimal import Decimal

from oscar.apps.shipping import repository
from oscar.apps.shipping.methods import FixedPrice


class Regular(FixedPrice):
    """Ordinary parcel post."""

    code = "reguler"
    name = "Kurir Reguler"
    description = "Tiba dalam 2-4 hari kerja"
    charge_excl_tax = charge_incl_tax = Decimal(18000)


class Express(FixedPrice):
    """Next-day delivery."""

    code = "ekspres"
    name = "Kurir Ekspres"
    description = "Tiba keesokan hari di Pulau Jawa"
    charge_excl_tax = charge_incl_tax = Decimal(35000)


class Repository(repository.Repository):
    """The two methods, whatever is in the basket."""

    methods = (Regular(), Express())
