"""The resident's public map: one query that is told as a map, as a list and in words."""
