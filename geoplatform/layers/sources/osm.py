"""What OpenStreetMap objects mean here, whichever way they come: columns, and which closed ways are areas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Columns beside the tags.
IDENTITY = ("osm_type", "osm_id", "osm_ref", "osm_address")
_LETTER = {"node": "n", "way": "w", "relation": "r"}

#: Keys of closed ways that are lines all the same unless area=yes (after OSM's wiki, "Closed way").
_LINEAR = frozenset(
    {"highway", "barrier", "railway", "waterway", "aerialway", "power", "route", "cycleway", "footway", "man_made"}
)
_LINEAR_VALUES = {"natural": {"coastline", "cliff", "ridge", "tree_row"}, "leisure": {"track", "slipway"}}
_AREA_KEYS = frozenset(
    {
        "amenity",
        "building",
        "landuse",
        "leisure",
        "natural",
        "shop",
        "tourism",
        "historic",
        "healthcare",
        "office",
        "place",
        "boundary",
    }
)


def record(kind: str, number: int, tags: Mapping[str, str]) -> dict[str, Any]:
    """Return the columns of an object: its tags, `osm_type`, `osm_id`, `osm_ref` (n123, w45, r6) and `osm_address` (one line)."""
    reference = f"{_LETTER[kind]}{number}"
    return {**tags, "osm_type": kind, "osm_id": number, "osm_ref": reference, "osm_address": address(tags)}


def address(tags: Mapping[str, str]) -> str | None:
    """Return "street, house number" (or what is tagged as the whole address), None without a street or place."""
    street = tags.get("addr:street") or tags.get("addr:place")
    if street is None:
        return tags.get("addr:full")
    number = tags.get("addr:housenumber")
    return f"{street}, {number}" if number else street


def is_area(tags: Mapping[str, str]) -> bool:
    """Return whether a closed way with `tags` is an area rather than a line that ends where it began."""
    if tags.get("area") in ("yes", "no"):
        return tags["area"] == "yes"
    if any(tags.get(key) in values for key, values in _LINEAR_VALUES.items()):
        return False
    if _AREA_KEYS.intersection(tags):
        return True
    return not _LINEAR.intersection(tags)
