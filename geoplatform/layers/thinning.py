"""How many features of a layer a map of far away shows: the one answer that tiles and the public map's words follow."""

from __future__ import annotations

#: Layers up to this size are shown whole at every zoom.
SMALL = 2_000
#: From this zoom on nothing is thinned.
FULL_ZOOM = 16
#: From this zoom on lines and areas are not: few are smaller than a pixel there.
FULL_ZOOM_OF_SHAPES = 14


def full_zoom(geometry: str) -> int:
    """Return the zoom from which on a large layer of this kind of geometry is shown whole."""
    return FULL_ZOOM if geometry in ("point", "multipoint") else FULL_ZOOM_OF_SHAPES


def thinned_below(features: int, geometry: str) -> int:
    """Return the zoom below which only some of a layer's features are shown, 0 for a layer of so few that all are."""
    return full_zoom(geometry) if features > SMALL else 0
