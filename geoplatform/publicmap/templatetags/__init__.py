"""Template tags of the public map."""
