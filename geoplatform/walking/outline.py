"""The area that a reach makes, to be drawn: strips along all that is reached, so that more time never makes it smaller."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely
from psycopg import Connection
from shapely.ops import substring

from geoplatform.walking.reach import Reach

#: Metres to each side of a way that belong to it.
STRIP = 40.0
#: Square metres of a yard: what lies between ways that are reached is reached.
HOLE = 40_000.0
#: Metres by which the drawn edge may differ.
TOLERANCE = 8.0
_EARTH = 6_378_137.0


def outline(conn: Connection, reach: Reach) -> dict[str, Any]:
    """Return the reached area as a GeoJSON geometry in degrees (WGS 84). `conn` belongs to the public role."""
    lines = _lines(conn, reach)
    if not lines:
        return shapely.geometry.mapping(shapely.MultiPolygon())
    # EPSG:3857 is stretched by 1 / cos(latitude), which over a walk is one number
    stretch = math.cosh(lines[0].coords[0][1] / _EARTH)
    merged = shapely.get_parts(shapely.line_merge(shapely.MultiLineString(lines)))
    strips = shapely.union_all(shapely.buffer(merged, STRIP * stretch, quad_segs=2))
    area = shapely.union_all([_filled(part, HOLE * stretch**2) for part in shapely.get_parts(strips)])
    area = shapely.transform(area.simplify(TOLERANCE * stretch), _degrees)
    return shapely.geometry.mapping(shapely.set_precision(area, 1e-5))


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
