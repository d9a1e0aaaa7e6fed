"""Files that staff upload become layers: what is in a file, which layer that makes, and taking it in."""
