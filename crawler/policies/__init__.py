"""Dated data: regulations, brands, hosts, word lists."""
