"""Words and logos in pictures: which pixels are read, by which readers, and what they found."""
