"""Coordinates of any source to longitude and latitude (EPSG:4326), by the named operation where there is one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import CRSError, ProjError

AxisOrder = Literal["authority", "xy"]

#: Geodetic CRS (EPSG code) -> the one coordinate operation (EPSG code) that takes it to WGS 84 here.
#: UCS-2000 has two: 5840 (1 m, the State Service's) and the older 5839 (5 m). Leaving the shift out moves a city by 116 m.
NAMED_OPERATIONS = {5561: 5840}

#: Datum names that files without authority codes (ESRI .prj) use.
_DATUM_NAMES = {"ukraine 2000": 5561, "d ukraine 2000": 5561, "ucs 2000": 5561, "d ucs 2000": 5561}


class CrsProblem(ValueError):
    """A CRS can't be understood, or there is no trustworthy way from it to WGS 84."""


def parse(text: str) -> pyproj.CRS:
    """Return the CRS that `text` names: `EPSG:5564`, an OGC URN or http address, WKT (also ESRI's).

    Raises CrsProblem.
    """
    address = re.fullmatch(r"https?://www\.opengis\.net/def/crs/(\w+)/[^/]*/(\w+)", text.strip())
    gml = re.fullmatch(r"https?://www\.opengis\.net/gml/srs/epsg\.xml#(\d+)", text.strip())
    if address:
        text = f"{address[1]}:{address[2]}"
    elif gml:
        text = f"EPSG:{gml[1]}"
    try:
        return pyproj.CRS.from_user_input(text.strip())
    except CRSError as error:
        raise CrsProblem(f"the coordinate system {text.strip()[:80]!r} is unknown") from error


def name(crs: pyproj.CRS) -> str:
    """Return `AUTHORITY:CODE` of `crs`, or its name when no authority lists it."""
    authority = crs.to_authority(min_confidence=70)
    return ":".join(authority) if authority else crs.name


@dataclass(frozen=True)
class ToWgs84:
    """The way of coordinates from one CRS to longitude and latitude in EPSG:4326.

    name: the CRS, e.g. `EPSG:5564`; operation: the datum operation that is used, for the report; geographic: whether the
    source's coordinates are degrees.
    """

    name: str
    operation: str
    geographic: bool
    _swap: bool
    _steps: tuple[pyproj.Transformer, ...]
    _to_latitude_first: tuple[bool, ...]
    _area: tuple[float, float, float, float] | None

    @property
    def identity(self) -> bool:
        """Whether coordinates are longitude, latitude in WGS 84 already."""
        return not self._swap and not self._steps

    def __call__(self, coordinates: np.ndarray) -> np.ndarray:
        """Transform an array of shape (n, 2) in the source's CRS and axis order to (n, 2) longitude, latitude in degrees.

        A point outside the projection's domain comes back as infinity.
        """
        coordinates = np.asarray(coordinates, dtype="float64")
        if self.identity or not len(coordinates):
            return coordinates
        if len(coordinates) == 1:  # pyproj takes an array of one for a number, which NumPy is about to forbid
            return self(np.repeat(coordinates, 2, axis=0))[:1]
        x, y = coordinates[:, 0], coordinates[:, 1]
        if self._swap:
            x, y = y, x
        for step, latitude_first in zip(self._steps, self._to_latitude_first, strict=True):
            if latitude_first:
                y, x = step.transform(y, x)
            else:
                x, y = step.transform(x, y)
        return np.column_stack((x, y))

    def geometries(self, shapes: np.ndarray) -> np.ndarray:
        """Transform an object array of shapely geometries (or None); heights and measures are dropped."""
        flat = shapely.force_2d(shapes)
        return flat if self.identity else shapely.transform(flat, self)

    def looks_swapped(self, coordinates: np.ndarray, bounds: tuple[float, float, float, float] | None = None) -> bool:
        """Return whether most of `coordinates` (n, 2) lie where they should only with x and y exchanged.

        bounds: west, south, east, north in degrees where they are expected; the CRS's own area of use when None.
        """
        area = bounds or self._area
        finite = coordinates[np.isfinite(coordinates).all(axis=1)]
        if area is None or not len(finite):
            return False

        def share_inside(candidate: np.ndarray) -> float:
            lon_lat = self(candidate)
            west, south, east, north = area
            inside = (lon_lat[:, 0] >= west) & (lon_lat[:, 0] <= east) & (lon_lat[:, 1] >= south) & (lon_lat[:, 1] <= north)
            return float(inside.mean())

        return share_inside(finite) < 0.1 and share_inside(finite[:, ::-1]) > 0.9


def to_wgs84(crs: str | pyproj.CRS, axis_order: AxisOrder) -> ToWgs84:
    """Return the transformation from `crs` to EPSG:4326, longitude first.

    axis_order: `authority` when coordinates come in the order that the CRS's authority defines (UCS-2000: northing, easting;
        EPSG:4326: latitude, longitude), `xy` when they come as easting, northing or longitude, latitude.
    Raises CrsProblem when the CRS is unknown or its datum operation is not available: a silent null shift is never taken.
    """
    parsed = parse(crs) if isinstance(crs, str) else crs
    label = name(parsed)
    if parsed.is_bound:
        geodetic_code = _geodetic_code(parsed.source_crs)
        parsed = parsed.source_crs if geodetic_code in NAMED_OPERATIONS else parsed
    if parsed.is_compound:
        parsed = parsed.sub_crs_list[0]
    if not (parsed.is_geographic or parsed.is_projected):
        raise CrsProblem(f"{label} is neither geographic nor projected; name the CRS of the source with `crs`")
    swap = axis_order == "authority" and _northing_first(parsed)
    area = parsed.area_of_use.bounds if parsed.area_of_use else None
    geodetic_code = _geodetic_code(parsed)
    named = NAMED_OPERATIONS.get(geodetic_code)
    try:
        if named is not None:
            steps, order = _by_named_operation(parsed, geodetic_code, named), (False, True)
            if parsed.is_geographic:
                steps, order = steps[1:], order[1:]
            operation = f"EPSG:{named}"
        elif _is_wgs84(parsed):
            steps, order, operation = (), (), "none"
        else:
            step = pyproj.Transformer.from_crs(parsed, "EPSG:4326", always_xy=True, allow_ballpark=False)
            steps, order, operation = (step,), (False,), step.description
    except ProjError as error:
        raise CrsProblem(f"there is no trustworthy transformation from {label} to WGS 84: {error}") from error
    return ToWgs84(label, operation, bool(parsed.is_geographic), swap, steps, order, area)


def _by_named_operation(crs: pyproj.CRS, geodetic_code: int, operation: int) -> tuple[pyproj.Transformer, ...]:
    """Return the inverse projection (x, y to longitude, latitude) and the datum shift (latitude, longitude) as two steps."""
    unproject = pyproj.Transformer.from_crs(crs, f"EPSG:{geodetic_code}", always_xy=True, allow_ballpark=False)
    try:
        shift = pyproj.Transformer.from_pipeline(f"urn:ogc:def:coordinateOperation:EPSG::{operation}")
    except ProjError as error:
        raise CrsProblem(f"PROJ does not know the coordinate operation EPSG:{operation}; its database is damaged") from error
    return (unproject, shift)


def _geodetic_code(crs: pyproj.CRS) -> int | None:
    """Return the EPSG code of the geodetic CRS under `crs`, recognising UCS-2000 by its datum's name too."""
    geodetic = crs.geodetic_crs
    if geodetic is None:
        return None
    datum = re.sub(r"[^a-z0-9]+", " ", geodetic.datum.name.lower()).strip() if geodetic.datum else ""
    return _DATUM_NAMES.get(datum) or geodetic.to_epsg(min_confidence=70)


def _northing_first(crs: pyproj.CRS) -> bool:
    directions = [axis.direction for axis in crs.axis_info[:2]]
    return directions == ["north", "east"]


def _is_wgs84(crs: pyproj.CRS) -> bool:
    return crs.is_geographic and (crs.to_authority(min_confidence=70) in {("EPSG", "4326"), ("EPSG", "4979"), ("OGC", "CRS84")})
