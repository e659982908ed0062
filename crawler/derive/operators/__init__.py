"""Who runs a host, whom its name is like, and which of the three businesses it belongs to."""
