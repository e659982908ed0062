"""Evidence bundles: write, seal, read, verify."""
