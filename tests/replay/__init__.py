"""pywb, which replays web archives, in an environment of its own."""
