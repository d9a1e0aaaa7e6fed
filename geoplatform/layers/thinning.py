"""How many features of a layer a map of far away shows: the one answer that tiles and the public map's words follow."""

from __future__ import annotations

#: Layers up to this size are shown whole at every zoom.
SMALL = 2_000
#: From this zoom on nothing is thinned.
FULL_ZOOM = 16


def thinned_below(features: int) -> int:
    """Return the zoom below which only some of a layer's features are shown, 0 for a layer of so few that all are."""
    return FULL_ZOOM if features > SMALL else 0
