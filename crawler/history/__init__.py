"""What lies between runs: two bundles held against each other."""
