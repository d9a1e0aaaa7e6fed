"""Template tags of critical facilities."""
