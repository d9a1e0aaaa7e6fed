"""The area that a reach makes, to be drawn: a strip along all that is reached, so that more time never makes it smaller."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely
from psycopg import Connection
from shapely.ops import substring

from geoplatform.walking.reach import Reach

#: Metres of a cell of the grid that the area is made of, and how many cells to each side of a way belong to it: 40 metres.
CELL, STRIP = 20.0, 2
#: Square metres of a yard: what lies between ways that are reached is reached.
HOLE = 40_000.0
_EARTH = 6_378_137.0


def outline(conn: Connection, reach: Reach) -> dict[str, Any]:
    """Return the reached area as a GeoJSON geometry in degrees (WGS 84). `conn` belongs to the public role.

    The cost is that of a grid, since to put thousands of strips together takes seconds.
    """
    lines = _lines(conn, reach)
    if not lines:
        return shapely.geometry.mapping(shapely.MultiPolygon())
    # EPSG:3857 is stretched by 1 / cos(latitude), which over a walk is one number
    stretch = 1 / math.cos(math.radians((reach.bounds[1] + reach.bounds[3]) / 2))
    cells = _cells(np.array(lines), CELL * stretch)
    area = shapely.union_all([_filled(part, HOLE * stretch**2) for part in shapely.get_parts(cells)])
    area = shapely.transform(area.simplify(CELL * stretch * 0.75), _degrees)
    return shapely.geometry.mapping(shapely.set_precision(area, 1e-5))


def _cells(lines: np.ndarray, size: float) -> shapely.Geometry:
    """Return the cells of a grid (of `size` units of EPSG:3857) that lie about the lines, as one geometry."""
    points = shapely.get_coordinates(shapely.segmentize(lines, size))
    places = np.floor(points / size).astype(np.int64)
    corner = places.min(axis=0) - STRIP
    touched = np.zeros(places.max(axis=0) - corner + STRIP + 1, dtype=bool)
    touched[tuple((places - corner).T)] = True
    around = range(-STRIP, STRIP + 1)
    near = np.zeros((touched.shape[0], touched.shape[1] + 2), dtype=np.int8)
    for east, north in ((x, y) for x in around for y in around if x * x + y * y <= STRIP * STRIP):
        near[:, 1:-1] |= np.roll(touched, (east, north), axis=(0, 1))  # the margin is empty, so nothing comes round
    # a column's runs of cells are boxes: few enough to be put together
    steps = np.diff(near, axis=1)
    first, last = np.argwhere(steps == 1), np.argwhere(steps == -1)
    west, south, north = first[:, 0] + corner[0], first[:, 1] + corner[1], last[:, 1] + corner[1]
    return shapely.union_all(shapely.box(west * size, south * size, (west + 1) * size, north * size))


def _filled(part: shapely.Polygon, hole: float) -> shapely.Polygon:
    """Return the polygon without its holes of less than `hole` (units of EPSG:3857 squared)."""
    kept = [ring for ring in part.interiors if shapely.area(shapely.Polygon(ring)) >= hole]
    return shapely.Polygon(part.exterior, kept)


def _lines(conn: Connection, reach: Reach) -> list[shapely.LineString]:
    """Return the parts of ways that are reached, in EPSG:3857."""
    edges, start = reach.edges, reach.start
    # what is left to walk at either end, as a share of the edge
    ahead = np.maximum(0.0, (reach.limit - reach.cost(edges.source)) / edges.metres)
    back = np.maximum(0.0, (reach.limit - reach.cost(edges.target)) / edges.metres)
    wanted = (ahead > 0) | (back > 0) | np.isin(edges.id, start.edge)
    # by their place, which has an index, rather than by their numbers
    rows = conn.execute(
        "select id, ST_AsBinary(geom) from pub_public.walk_edge"
        " where geom && ST_Transform(ST_MakeEnvelope(%s, %s, %s, %s, 4326), 3857)",
        reach.bounds,
        binary=True,
    ).fetchall()
    shapes = dict(zip([name for name, _wkb in rows], shapely.from_wkb([wkb for _name, wkb in rows]), strict=True))
    lines: list[shapely.LineString] = []
    for name, first, last in zip(edges.id[wanted].tolist(), ahead[wanted], back[wanted], strict=True):
        shape = shapes.get(name)
        if shape is None:
            continue
        if first + last >= 1:
            lines.append(shape)
            continue
        pieces = [(0.0, first), (1 - last, 1.0)]
        for n in np.flatnonzero(start.edge == name):
            rest = (reach.limit - start.gap[n]) / start.metres[n]
            pieces.append((max(0.0, start.share[n] - rest), min(1.0, start.share[n] + rest)))
        found = [substring(shape, begin, end, normalized=True) for begin, end in pieces if end - begin > 1e-9]
        lines += [piece for piece in found if isinstance(piece, shapely.LineString)]
    return lines


def _degrees(points: np.ndarray) -> np.ndarray:
    """Return points of EPSG:3857 in degrees."""
    x, y = points[:, 0] / _EARTH, points[:, 1] / _EARTH
    return np.degrees(np.column_stack([x, np.arctan(np.sinh(y))]))
