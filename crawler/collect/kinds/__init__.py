"""The kinds of artifact."""
