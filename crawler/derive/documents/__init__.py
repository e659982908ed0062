"""Text that nobody sees on a page: sources, downloads, PDF and drawings, read in bounded processes."""
