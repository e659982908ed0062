"""What is kept once a run: its downloads, its network log, the names behind its hosts."""
