"""What keeps a stage from being reached: walls, dead sites, and the cause behind an error."""
