"""The fork's configuration: everything from django-oscar, under this package's name."""

from oscar.apps.checkout import apps


class CheckoutConfig(apps.CheckoutConfig):
    """Lets django-oscar's class loader find the payment view beside this file."""

    name = "toko.checkout"
