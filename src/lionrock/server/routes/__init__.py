"""HTTP routes, one file an area."""
