"""Shops with the requests of real shop systems, and every way to send an order to them that we could think of."""
