"""Distances on foot: the street network as a graph, what can be reached in it, and the area that this makes. No Django."""
