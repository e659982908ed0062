"""Judgements made readable."""
