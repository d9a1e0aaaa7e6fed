"""Pages of critical facilities."""
