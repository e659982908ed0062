"""Nights over many targets: what they walk, when, what they keep, and whom they tell."""
