"""Cached raster tiles (XYZ and WMTS 1.0.0): MapProxy makes them, nginx serves the public ones from disk."""
