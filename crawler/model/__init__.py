"""The nouns of Pantau, without I/O."""
