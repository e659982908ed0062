"""The fork's configuration: everything from django-oscar, under this package's name."""

from oscar.apps.shipping import apps


class ShippingConfig(apps.ShippingConfig):
    """Lets django-oscar's class loader find the methods beside this file."""

    name = "toko.shipping"
