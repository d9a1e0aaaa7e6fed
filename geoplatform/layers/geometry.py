"""Checks a batch of geometries: readable, finite, of the layer's type, valid (mended where that is safe), inside the bounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import shapely

from geoplatform.layers.reasons import Reason

#: A definition's geometry -> the column type in PostGIS.
POSTGIS_TYPES = {
    "point": "Point",
    "multipoint": "MultiPoint",
    "line": "MultiLineString",
    "polygon": "MultiPolygon",
}

_NAMES = {
    "point": "points",
    "multipoint": "points",
    "line": "lines",
    "polygon": "polygons",
}

#: Mending may change a polygon's area by this share; beyond it nobody knows which area was meant.
SAFE_AREA_CHANGE = 0.01

#: Lines and areas may reach over the bounds by this share of the bounds' size: a road goes on behind the border.
OVERHANG = 0.5

Bounds = tuple[float, float, float, float]


@dataclass
class CheckedGeometry:
    """The outcome for one batch.

    shapes: object array of shapely geometries in the layer's type, EPSG:4326, None where there is a fault.
    faults, mended: row -> why.
    """

    shapes: np.ndarray
    faults: dict[int, Reason] = field(default_factory=dict)
    mended: dict[int, Reason] = field(default_factory=dict)


def check(wkb: np.ndarray, kind: str, bounds: Bounds | None, as_point: bool, skip: set[int]) -> CheckedGeometry:
    """Check WKB geometries (EPSG:4326, x = longitude) for a layer of `kind` (a definition's geometry, not "none").

    bounds: west, south, east, north in degrees, or None for anywhere on Earth.
    as_point: put a point on the surface in place of lines and areas.
    skip: rows that are refused already.
    """
    missing = np.fromiter((value is None or len(value) == 0 for value in wkb), bool, len(wkb))
    shapes = shapely.force_2d(shapely.from_wkb(np.where(missing, None, wkb), on_invalid="ignore"))
    out = CheckedGeometry(shapes)
    for row in skip:
        shapes[row] = None
        missing[row] = False
    unreadable = shapely.is_missing(shapes) & ~missing
    unreadable[list(skip)] = False
    _refuse(out, unreadable, lambda row: Reason("geometry_unreadable"))
    _refuse(out, missing | shapely.is_empty(shapes), lambda row: Reason("geometry_missing"))
    extent = shapely.bounds(shapes)
    _refuse(out, ~_finite(shapes) & ~shapely.is_missing(shapes), lambda row: Reason("geometry_infinite"))
    _refuse_outside(out, extent, bounds, point=kind == "point" and not as_point)
    if kind == "polygon" or as_point:
        _mend(out)
    if as_point:
        _to_points(out)
    _promote(out, kind)
    return out


def as_ewkb_hex(shapes: np.ndarray) -> pa.Array:
    """Return EWKB with SRID 4326 in hexadecimal, the form that COPY takes."""
    kinds = shapely.get_type_id(shapes)
    if len(shapes) and (kinds == 0).all():
        return _points_as_hex(shapely.get_coordinates(shapes))
    return pa.array(shapely.to_wkb(shapely.set_srid(shapes, 4326), hex=True, include_srid=True), pa.string())


_HEX = np.array([f"{byte:02X}".encode() for byte in range(256)], dtype="S2").view(np.uint16)
_POINT = np.dtype([("head", "S9"), ("xy", "<f8", (2,))])
_POINT_HEAD = bytes.fromhex("0101000020E6100000")  # little endian, point with SRID, 4326


def _points_as_hex(coordinates: np.ndarray) -> pa.Array:
    # Written out, because it is several times faster than making 200,000 Python strings.
    records = np.empty(len(coordinates), _POINT)
    records["head"] = _POINT_HEAD
    # The two zero bytes at the end of the head are padding to NumPy and stay what they are: zero.
    records["xy"] = coordinates
    digits = _HEX[records.view(np.uint8)]
    fixed = pa.FixedSizeBinaryArray.from_buffers(pa.binary(50), len(coordinates), [None, pa.py_buffer(digits)])
    return fixed.cast(pa.binary()).cast(pa.string())


def _refuse(out: CheckedGeometry, rows: np.ndarray, reason: Callable[[int], Reason]) -> None:
    for row in np.flatnonzero(rows):
        out.faults.setdefault(int(row), reason(int(row)))
        out.shapes[row] = None


def _finite(shapes: np.ndarray) -> np.ndarray:
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    finite = np.ones(len(shapes), bool)
    finite[owner[~np.isfinite(coordinates).all(axis=1)]] = False
    return finite


def _refuse_outside(out: CheckedGeometry, extent: np.ndarray, bounds: Bounds | None, point: bool) -> None:
    west, south, east, north = extent.T
    there = ~shapely.is_missing(out.shapes)
    with np.errstate(invalid="ignore"):
        world = there & ((west < -180) | (east > 180) | (south < -90) | (north > 90))
        _refuse(out, world, lambda row: Reason("outside_world", value=_place(extent[row])))
        if bounds is None:
            return
        left, bottom, right, top = bounds
        apart = there & ~world & ((east < left) | (west > right) | (north < bottom) | (south > top))
        if not point:
            dx, dy = (right - left) * OVERHANG, (top - bottom) * OVERHANG
            far = (west < left - dx) | (east > right + dx) | (south < bottom - dy) | (north > top + dy)
            is_point = shapely.get_dimensions(out.shapes) == 0
            apart |= there & ~world & far & ~is_point
    swapped = (south >= left) & (north <= right) & (west >= bottom) & (east <= top)
    _refuse(out, apart, lambda row: Reason("outside_swapped" if swapped[row] else "outside", value=_place(extent[row])))


def _place(extent: np.ndarray) -> str:
    west, south, east, north = extent
    if west == east and south == north:
        return f"{west:.6g} {south:.6g}"
    return f"{west:.6g} {south:.6g} – {east:.6g} {north:.6g}"


def _mend(out: CheckedGeometry) -> None:
    """Mend polygons that are not valid, where what was meant is beyond doubt; refuse the others."""
    areal = shapely.get_dimensions(out.shapes) == 2
    for row in np.flatnonzero(areal & ~shapely.is_valid(out.shapes)):
        row = int(row)
        broken = out.shapes[row]
        detail = shapely.is_valid_reason(broken)
        try:
            mended = _areas(shapely.make_valid(broken))
        except shapely.errors.GEOSException as error:
            detail, mended = str(error), None
        meant = shapely.area(broken)
        if mended is None or mended.is_empty or abs(mended.area - meant) > SAFE_AREA_CHANGE * mended.area:
            _refuse_one(out, row, Reason("geometry_invalid", detail=detail))
        else:
            out.shapes[row] = mended
            out.mended[row] = Reason("geometry_mended", detail=detail)


def _areas(geometry: shapely.Geometry) -> shapely.Geometry:
    """Return the areal parts of what make_valid left; lines and points are the spikes that it cut off."""
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        return geometry
    parts = [part for part in shapely.get_parts(shapely.get_parts(geometry)) if part.geom_type == "Polygon"]
    return shapely.multipolygons(parts)


def _refuse_one(out: CheckedGeometry, row: int, reason: Reason) -> None:
    out.faults.setdefault(row, reason)
    out.shapes[row] = None


def _to_points(out: CheckedGeometry) -> None:
    rows = np.flatnonzero(shapely.get_dimensions(out.shapes) > 0)
    if len(rows):
        out.shapes[rows] = shapely.point_on_surface(out.shapes[rows])


# shapely's type ids: 0 point, 1 line, 2 ring, 3 polygon, 4 multipoint, 5 multiline, 6 multipolygon, 7 collection
_SINGLE = {"point": (0,), "multipoint": (0,), "line": (1, 2), "polygon": (3,)}
_MULTI = {"multipoint": 4, "line": 5, "polygon": 6}
_GATHER = {"multipoint": shapely.multipoints, "line": shapely.multilinestrings, "polygon": shapely.multipolygons}


def _promote(out: CheckedGeometry, kind: str) -> None:
    """Bring the geometries to the layer's type; refuse those of another."""
    shapes = out.shapes
    _open_collections(shapes, kind)
    kinds = shapely.get_type_id(shapes)
    single = np.isin(kinds, _SINGLE[kind])
    if kind == "point":
        alone = np.flatnonzero((kinds == 4) & (shapely.get_num_geometries(shapes) == 1))
        shapes[alone] = shapely.get_geometry(shapes[alone], 0)
        single[alone] = True
        right = single
    else:
        right = single | (kinds == _MULTI[kind])
        rows = np.flatnonzero(single)
        if len(rows):
            shapes[rows] = _GATHER[kind](shapes[rows], indices=np.arange(len(rows)))
    wrong = ~right & ~shapely.is_missing(shapes)
    _refuse(out, wrong, lambda row: Reason("geometry_type", value=shapes[row].geom_type, detail=_NAMES[kind]))
    if kind == "line":
        broken = ~shapely.is_missing(shapes) & ~shapely.is_valid(shapes)
        _refuse(out, broken, lambda row: Reason("geometry_invalid", detail=shapely.is_valid_reason(shapes[row])))


def _open_collections(shapes: np.ndarray, kind: str) -> None:
    """Replace a collection that holds only geometries of the layer's type by these."""
    for row in np.flatnonzero(shapely.get_type_id(shapes) == 7):
        parts = shapely.get_parts(shapely.get_parts(shapes[row]))
        if len(parts) and np.isin(shapely.get_type_id(parts), _SINGLE[kind]).all():
            shapes[row] = parts[0] if kind == "point" and len(parts) == 1 else _GATHER.get(kind, shapely.multipoints)(parts)
