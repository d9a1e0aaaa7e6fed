"""Source drivers: each reads one kind of source and yields the same batches (see `base`)."""
