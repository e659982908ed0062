"""What lies between runs: two bundles compared."""
