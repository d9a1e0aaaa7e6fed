"""The coordinate reference systems that are served, the axis order of each authority, and boxes given in them.

Features are stored in EPSG:4326 as x = longitude, y = latitude. PostGIS transforms them by the operation that PROJ finds for the
pair of EPSG codes, the one with the datum shift (EPSG:5840 for UCS-2000).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from geoplatform.serving.problems import Problem, bad_request, shortened

_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


@dataclass(frozen=True)
class Crs:
    """A coordinate reference system as it is served.

    northing_first: the authority names latitude or northing before longitude or easting.
    decimals: digits after the point, about a centimetre on the ground.
    domain: min x, min y, max x, max y (always x = east) inside which a transformation to degrees is sound.
    """

    uri: str
    srid: int
    northing_first: bool
    decimals: int
    domain: tuple[float, float, float, float]
    geographic: bool = False


def _transverse_mercator(srid: int, false_easting: float) -> Crs:
    """Return a UCS-2000 system; beyond 3000 km from its meridian the projection is of no use to anybody."""
    east, west = false_easting + 3_000_000, false_easting - 3_000_000
    return Crs(f"{_EPSG}{srid}", srid, True, 3, (west, 0, east, 9_900_000))


_WORLD = (-180.0, -90.0, 180.0, 90.0)
_MERCATOR_EDGE = 20_037_508.342789244

CRS84 = Crs("http://www.opengis.net/def/crs/OGC/1.3/CRS84", 4326, False, 7, _WORLD, geographic=True)
WEB_MERCATOR = Crs(f"{_EPSG}3857", 3857, False, 3, (-_MERCATOR_EDGE, -_MERCATOR_EDGE * 4, _MERCATOR_EDGE, _MERCATOR_EDGE * 4))

#: In the order in which collections list them; CRS84 is the default.
SERVED = (
    CRS84,
    Crs(f"{_EPSG}4326", 4326, True, 7, _WORLD, geographic=True),
    WEB_MERCATOR,
    _transverse_mercator(5564, 6_500_000),
    _transverse_mercator(6385, 300_000),
    _transverse_mercator(9840, 300_000),
)


def _names(crs: Crs) -> list[str]:
    """Return the ways in which clients write the system's name: URI (also https), URN and CURIE."""
    names = [crs.uri, crs.uri.replace("http://", "https://")]
    if crs is CRS84:
        return [*names, "urn:ogc:def:crs:OGC:1.3:CRS84", "OGC:CRS84", "[OGC:CRS84]", "CRS84"]
    return [*names, f"urn:ogc:def:crs:EPSG::{crs.srid}", f"EPSG:{crs.srid}", f"[EPSG:{crs.srid}]"]


_BY_NAME = {name: crs for crs in SERVED for name in _names(crs)}


def named(name: str, parameter: str) -> Crs:
    """Return the CRS that `name` means; raises Problem 400 that names the `parameter` when it is not served."""
    try:
        return _BY_NAME[name]
    except KeyError:
        known = ", ".join(crs.uri for crs in SERVED)
        raise bad_request(f"{parameter}: {shortened(name)} is not served; use one of {known}") from None


@dataclass(frozen=True)
class Box:
    """One rectangle in `crs`: min x, min y, max x, max y, always x = east."""

    crs: Crs
    bounds: tuple[float, float, float, float]


def boxes(text: str, crs: Crs) -> list[Box]:
    """Return the rectangles that a `bbox` parameter given in `crs` means, in the axis order of its authority.

    Two when a box in degrees crosses the antimeridian, none when it lies outside the system's domain.
    Raises Problem 400 for anything that is not a box.
    """
    low_x, low_y, high_x, high_y = _numbers(text, crs)
    if low_y > high_y:
        raise bad_request("bbox: the southern edge is above the northern one")
    if low_x <= high_x:
        spans = [(low_x, high_x)]
    elif crs.geographic:
        spans = [(low_x, 180.0), (-180.0, high_x)]
    else:
        raise bad_request("bbox: the western edge is beyond the eastern one")
    min_x, min_y, max_x, max_y = crs.domain
    clipped = [(max(west, min_x), max(low_y, min_y), min(east, max_x), min(high_y, max_y)) for west, east in spans]
    return [Box(crs, bounds) for bounds in clipped if bounds[0] <= bounds[2] and bounds[1] <= bounds[3]]


def _numbers(text: str, crs: Crs) -> tuple[float, float, float, float]:
    """Return min x, min y, max x, max y of a `bbox` text; a third dimension is read and left aside."""
    parts = text.split(",")
    if len(parts) not in (4, 6):
        raise _not_a_box(text)
    try:
        values = [float(part) for part in parts]
    except ValueError:
        raise _not_a_box(text) from None
    if not all(map(math.isfinite, values)):
        raise _not_a_box(text)
    if len(values) == 6:
        values = [values[0], values[1], values[3], values[4]]
    first_low, second_low, first_high, second_high = values
    if crs.northing_first:
        return second_low, first_low, second_high, first_high
    return first_low, second_low, first_high, second_high


def _not_a_box(text: str) -> Problem:
    return bad_request(f"bbox: {shortened(text)} is not four (or six) numbers separated by commas")


def geometry_expression(crs: Crs) -> str:
    """Return SQL for a feature's geometry in `crs`, in the order of its axes, from the view's columns."""
    if crs.srid == 3857:
        return "geom_3857"
    shifted = "geom" if crs.srid == 4326 else f"ST_Transform(geom, {crs.srid})"
    return f"ST_FlipCoordinates({shifted})" if crs.northing_first else shifted


def geojson_expression(crs: Crs, precision: int | None = None) -> str:
    """Return SQL for the GeoJSON text of a feature's geometry in `crs`; precision: digits, at most those of the CRS."""
    digits = crs.decimals if precision is None else min(precision, crs.decimals)
    return f"ST_AsGeoJSON({geometry_expression(crs)}, {digits}, 0)"


def box_condition(box: Box) -> tuple[str, list[float]]:
    """Return SQL, with its parameters, for "the feature meets the box", the box taken as a rectangle in its own CRS.

    Where the CRS is not a stored one, an index scan on a slightly wider box in degrees finds the candidates first.
    """
    envelope = f"ST_MakeEnvelope(%s, %s, %s, %s, {box.crs.srid})"
    bounds = list(box.bounds)
    if box.crs.srid == 4326:
        return f"ST_Intersects(geom, {envelope})", bounds
    if box.crs.srid == 3857:
        return f"ST_Intersects(geom_3857, {envelope})", bounds
    width, height = bounds[2] - bounds[0], bounds[3] - bounds[1]
    # straight edges become curved in degrees: cut them into pieces, then widen by more than a piece can bulge
    piece = max(width, height, 1.0) / 32
    wider = max(width, height) * 0.01 + 1.0
    candidates = f"geom && ST_Envelope(ST_Transform(ST_Segmentize(ST_Expand({envelope}, %s), %s), 4326))"
    exact = f"ST_Intersects(ST_Transform(geom, {box.crs.srid}), {envelope})"
    return f"({candidates} and {exact})", [*bounds, wider, piece, *bounds]
