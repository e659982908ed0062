"""Shops with the requests of real shop systems, and the ways to send an order to them."""
