"""The rectangle of ground that two pictures beside each other both show, its measures, and the steps from it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from geoplatform.layers.definition import Zoom

Box = tuple[float, float, float, float]

#: Pixels of the pictures that are drawn without scripts.
WIDTH, HEIGHT = 640, 480
#: Half the side of Web Mercator's square (metres), its radius, and metres of a pixel at zoom 0 with tiles of 256 pixels.
_HALF = 20_037_508.34
_RADIUS = 6_378_137.0
_PIXEL_0 = 2 * _HALF / 256
#: A picture of less ground (metres of Web Mercator across) tells nothing.
_LEAST = 40.0


@dataclass(frozen=True)
class Window:
    """A rectangle of WIDTH to HEIGHT in EPSG:3857. x, y: its middle; metres: how wide it is, both in units of EPSG:3857."""

    x: float
    y: float
    metres: float

    @property
    def mercator(self) -> Box:
        """West, south, east, north in metres of EPSG:3857."""
        half, high = self.metres / 2, self.metres / 2 * HEIGHT / WIDTH
        return self.x - half, self.y - high, self.x + half, self.y + high

    @property
    def box(self) -> Box:
        """West, south, east, north in degrees."""
        west, south, east, north = self.mercator
        return *_degrees(west, south), *_degrees(east, north)

    @property
    def zoom(self) -> float:
        """The zoom level of WebMercatorQuad (256 pixels) at which its picture is drawn."""
        return math.log2(_PIXEL_0 * WIDTH / self.metres)

    def step(self, east: float, north: float) -> Window:
        """Return the window moved by shares of its own width and height."""
        return Window(self.x + east * self.metres, self.y + north * self.metres * HEIGHT / WIDTH, self.metres)

    def wider(self, factor: float) -> Window | None:
        """Return the window `factor` times as wide about the same middle, None where that is too little or the whole globe."""
        metres = self.metres * factor
        return Window(self.x, self.y, metres) if _LEAST <= metres <= 2 * _HALF else None

    def drawn_at(self, zoom: Zoom) -> bool:
        """Return whether what is drawn between these zoom levels is drawn at this one; half a level is allowed to each side."""
        return zoom.min - 0.5 <= self.zoom <= zoom.max + 0.5


def around(box: Box) -> Window:
    """Return the smallest window that holds the box (degrees)."""
    west, south = _metres(box[0], box[1])
    east, north = _metres(box[2], box[3])
    return Window((west + east) / 2, (south + north) / 2, max(east - west, (north - south) * WIDTH / HEIGHT, _LEAST))


def about(lon: float, lat: float, metres: float) -> Window:
    """Return the window that shows so many metres of ground to each side of a point (degrees) at least."""
    x, y = _metres(lon, lat)
    stretched = 1 / math.cos(math.radians(max(min(lat, 85.0), -85.0)))
    return Window(x, y, max(2 * metres * stretched * WIDTH / HEIGHT, _LEAST))


def touch(one: Box, other: Box) -> bool:
    """Return whether two boxes in degrees have ground in common."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _metres(lon: float, lat: float) -> tuple[float, float]:
    clamped = max(min(lat, 85.05), -85.05)
    return math.radians(lon) * _RADIUS, math.asinh(math.tan(math.radians(clamped))) * _RADIUS


def _degrees(x: float, y: float) -> tuple[float, float]:
    lon = math.degrees(x / _RADIUS)
    return max(min(lon, 180.0), -180.0), math.degrees(math.atan(math.sinh(y / _RADIUS)))
