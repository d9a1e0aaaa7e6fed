"""The way of a layer's data: definition, sources, checks, apply, history, events. Imports neither Django nor GeoNode."""
