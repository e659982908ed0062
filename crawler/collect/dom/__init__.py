"""What collectors of a page read it with: its documents, what is drawn in them, and at which moment."""
