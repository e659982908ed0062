"""How well left-over brands are found: pages drawn from packaged fonts, icons and photographs, and a score."""
