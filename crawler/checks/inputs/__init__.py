"""What rules read of a bundle, a module an input: each gives what was read and what could not be."""
