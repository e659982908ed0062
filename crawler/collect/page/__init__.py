"""Collectors of a page: one kind of artifact a file, taken when a stage is left."""
