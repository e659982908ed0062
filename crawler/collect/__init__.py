"""Collectors: one kind of artifact each, dumb on purpose."""
