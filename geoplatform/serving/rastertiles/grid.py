"""Columns and rows of WebMercatorQuad (OGC 17-083r4, annex D.1) that a box in degrees touches."""

from __future__ import annotations

import math

#: Latitude at which the square of Web Mercator ends.
_EDGE = 85.0511287798066


#: Symbols and labels reach over the edge of their feature's own tile; so do the tiles that a change makes stale.
MARGIN_TILES = 1


def column(longitude: float, zoom: int) -> int:
    """Return the tile column of a longitude (degrees) at `zoom`."""
    size = 1 << zoom
    return min(max(math.floor((longitude + 180) / 360 * size), 0), size - 1)


def row(latitude: float, zoom: int) -> int:
    """Return the tile row, counted from the north, of a latitude (degrees) at `zoom`."""
    size = 1 << zoom
    radians = math.radians(min(max(latitude, -_EDGE), _EDGE))
    return min(max(math.floor((1 - math.asinh(math.tan(radians)) / math.pi) / 2 * size), 0), size - 1)


def tiles_of(box: tuple[float, float, float, float], zoom: int) -> tuple[int, int, int, int]:
    """Return first column, first row, last column, last row of the tiles that a change in `box` can have touched.

    box: west, south, east, north in degrees. One tile more on each side, since symbols and labels reach over.
    """
    west, south, east, north = box
    last = (1 << zoom) - 1
    return (
        max(column(west, zoom) - MARGIN_TILES, 0),
        max(row(north, zoom) - MARGIN_TILES, 0),
        min(column(east, zoom) + MARGIN_TILES, last),
        min(row(south, zoom) + MARGIN_TILES, last),
    )
