"""What the desk's templates are given: plain values, never a bundle."""
