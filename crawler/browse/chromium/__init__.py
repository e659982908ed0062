"""The browser of a run: where it is, its switches, its private folder, its end."""
