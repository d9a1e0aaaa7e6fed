"""Pages of the hub that are ours."""
