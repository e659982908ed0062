"""Pantau: walk a shop from storefront to payment, seal what was seen, judge it against dated law."""

__version__ = "0.1.0"
