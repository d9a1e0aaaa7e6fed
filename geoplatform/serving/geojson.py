"""Checks a geometry that a stranger sent before PostGIS reads it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from geoplatform.serving.problems import Problem, bad_request


def checked(node: Any, where: str) -> dict[str, Any]:
    """Return the GeoJSON geometry `node` with only the members that matter; raises Problem 400 that names `where`."""
    kind = node.get("type") if isinstance(node, dict) else None
    if not isinstance(kind, str):
        raise bad_request(f"{where}: a geometry needs a type")
    if "crs" in node:
        raise bad_request(f"{where}: a geometry's CRS is named by filter-crs")
    if kind == "GeometryCollection":
        members = node.get("geometries")
        if not isinstance(members, list):
            raise _not(where, kind)
        return {"type": kind, "geometries": [checked(member, where) for member in members]}
    check = _CHECKS.get(kind)
    if check is None:
        raise bad_request(f"{where}: there is no geometry type {kind[:40]!r}")
    check(node.get("coordinates"), where, kind)
    return {"type": kind, "coordinates": node["coordinates"]}


def is_finite(value: Any) -> bool:
    """Return whether `value` is a number that a float can hold."""
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(float(value))
    except OverflowError:
        return False


Check = Callable[[Any, str, str], None]


def _position(value: Any, where: str, kind: str) -> None:
    if not isinstance(value, list) or len(value) not in (2, 3):
        raise _not(where, kind)
    if not all(map(is_finite, value)):
        raise bad_request(f"{where}: a coordinate is not a finite number")


def _line(value: Any, where: str, kind: str) -> None:
    _many(_position)(value, where, kind)
    if len(value) < 2:
        raise bad_request(f"{where}: a line has two or more positions")


def _ring(value: Any, where: str, kind: str) -> None:
    _many(_position)(value, where, kind)
    if len(value) < 4 or value[0] != value[-1]:
        raise bad_request(f"{where}: a polygon's ring has four or more positions and ends where it starts")


def _many(check: Check) -> Check:
    def check_all(value: Any, where: str, kind: str) -> None:
        if not isinstance(value, list) or not value:
            raise _not(where, kind)
        for item in value:
            check(item, where, kind)

    return check_all


_CHECKS: dict[str, Check] = {
    "Point": _position,
    "MultiPoint": _many(_position),
    "LineString": _line,
    "MultiLineString": _many(_line),
    "Polygon": _many(_ring),
    "MultiPolygon": _many(_many(_ring)),
}


def _not(where: str, kind: str) -> Problem:
    return bad_request(f"{where}: these are not the coordinates of a {kind}")
