"""The checking proxy: what the browser of a run may connect to, and what became of every try."""
