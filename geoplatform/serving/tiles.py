"""Vector tiles from PostGIS: few attributes, a bounded number of features, stored Web Mercator geometry."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from psycopg import Connection, sql

from geoplatform.layers import thinning
from geoplatform.layers.definition import Role
from geoplatform.layers.published import STATE_NUMBER
from geoplatform.serving.problems import not_found, shortened
from geoplatform.serving.publication import ServedLayer

MATRIX_SET = "WebMercatorQuad"
MEDIA_TYPE = "application/vnd.mapbox-vector-tile"

#: Deepest zoom with tiles of their own; a map enlarges them beyond.
MAX_ZOOM = 22
#: Deepest zoom that the layer's TileJSON offers: from here on a tile holds every feature in full.
SOURCE_MAX_ZOOM = thinning.FULL_ZOOM

#: A tile never holds more features than this.
MAX_FEATURES = 10_000
#: A thinned tile is this many cells wide, 21 pixels each; each cell keeps one point. A map of 200,000 points then moves smoothly
#: where everything is drawn by the processor (`tests/bench/test_panning.py`).
_CELLS = 24
_EXTENT = 4096
_BUFFER = 64
#: How far beyond its edge a tile reaches, as a part of its width.
MARGIN = _BUFFER / _EXTENT
_WORLD = 40_075_016.685578488

_ROLES = (Role.name, Role.name_en, Role.category, Role.state)


def address(z: str, y: str, x: str) -> tuple[int, int, int]:
    """Return zoom, row and column of a tile; raises Problem 404 when there is no such tile."""
    numbers = [int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1 for text in (z, y, x)]
    zoom, row, column = numbers
    if not 0 <= zoom <= MAX_ZOOM or not (0 <= row < 2**zoom and 0 <= column < 2**zoom):
        raise not_found(f"there is no tile {shortened(f'{z}/{y}/{x}')} in {MATRIX_SET}; zoom is 0 to {MAX_ZOOM}")
    return zoom, row, column


def attribute_names(layer: ServedLayer) -> list[str]:
    """Return the attributes that go into tiles: those that a map draws, labels or lists by."""
    definition = layer.definition
    wanted = {attribute.name for attribute in definition.attributes if attribute.role in _ROLES}
    wanted |= {definition.style.attribute, definition.style.label}
    return [name for name, attribute in layer.attributes.items() if name in wanted and attribute.type != "json"]


def tile(
    conn: Connection,
    layer: ServedLayer,
    zoom: int,
    row: int,
    column: int,
    moment: datetime | None = None,
    *,
    only: Sequence[int] | None = None,
    whole: bool = False,
) -> bytes:
    """Return the tile as Mapbox Vector Tile bytes, empty when nothing lies in it. `conn` belongs to the level's role.

    moment: show the layer, which then has states, as it was at this time (aware). Ids are then those of
    `layers.published.STATE_NUMBER`. only: numbers (`fid`) of the features to show, all of them. whole: thin nothing.
    """
    far = zoom < thinning.full_zoom(layer.definition.geometry)
    thinned = far and only is None and not whole and _is_large(conn, layer, moment)
    values = {
        "z": zoom,
        "x": column,
        "y": row,
        "cell": _WORLD / 2**zoom / _CELLS,
        "pixel": _WORLD / 2**zoom / 512,
        "limit": MAX_FEATURES,
    }
    if only is not None:
        values["only"] = list(only)
    if moment is not None:
        values |= {"moment": moment, "box": _degrees(zoom, row, column)}
    statement = _statement(layer, thinned, moment is not None, only is not None)
    return bytes(conn.execute(statement, values, binary=True).fetchone()[0])


def _is_large(conn: Connection, layer: ServedLayer, moment: datetime | None) -> bool:
    """Return whether the layer holds, or held at `moment`, so many features that far zooms show only some of them."""
    if moment is None:
        return layer.layer.feature_count > thinning.SMALL
    return (
        conn.execute(
            f"select count(*) from (select 1 from {layer.states_view}"  # noqa: S608
            f" where {layer.valid} @> %s::timestamptz limit %s) as counted",
            [moment, thinning.SMALL + 1],
        ).fetchone()[0]
        > thinning.SMALL
    )


@lru_cache(maxsize=2048)
def _statement(layer: ServedLayer, thinned: bool, past: bool, chosen: bool) -> str:
    columns = "".join(f", {_column(layer, name)}" for name in attribute_names(layer))
    number, view, then = ("fid", layer.view, "")
    if chosen:
        then = f" {STATE_NUMBER if past else 'fid'} = any(%(only)s::bigint[]) and"
    if past:
        # degrees first: a past state's place is stored in them, the one in EPSG:3857 is computed for each
        number, view = f"{STATE_NUMBER} as fid", layer.states_view
        then += f" {layer.valid} @> %(moment)s::timestamptz and geom && ST_SetSRID(%(box)s::box2d::geometry, 4326) and"
    found = (
        f"select {number}, id, is_demo{columns}, geom_3857 from {view}"  # noqa: S608
        f" where{then} geom_3857 && ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => {MARGIN})"
    )
    kind = layer.definition.geometry
    shape = "geom_3857"
    if thinned and kind in ("point", "multipoint"):
        # one point a cell, always the same one
        point = "geom_3857" if kind == "point" else "ST_Centroid(geom_3857)"
        cell = f"floor(ST_X({point}) / %(cell)s), floor(ST_Y({point}) / %(cell)s)"
        picked = f"select distinct on ({cell}) * from ({found}) as inside order by {cell}, fid limit %(limit)s"  # noqa: S608
    elif thinned:
        # what is smaller than a pixel can't be seen; the largest come first in case there are still too many
        size = "greatest(ST_XMax(geom_3857) - ST_XMin(geom_3857), ST_YMax(geom_3857) - ST_YMin(geom_3857))"
        picked = f"select * from ({found}) as inside where {size} >= %(pixel)s order by {size} desc, fid limit %(limit)s"  # noqa: S608
        shape = "ST_Simplify(geom_3857, %(pixel)s / 2, true)"
    else:
        picked = f"{found} order by fid limit %(limit)s"
    names = "".join(f", {sql.Identifier(name).as_string(None)}" for name in attribute_names(layer))
    return (
        f"select ST_AsMVT(feature, '{layer.id}', {_EXTENT}, 'geom', 'fid') from ("  # noqa: S608
        f"select fid, id, is_demo{names}, ST_AsMVTGeom({shape}, ST_TileEnvelope(%(z)s, %(x)s, %(y)s),"
        f" {_EXTENT}, {_BUFFER}, true) as geom from ({picked}) as picked) as feature where geom is not null"
    )


def _degrees(zoom: int, row: int, column: int) -> str:
    """Return what a tile reaches over, its margin included, as PostGIS writes a box of degrees."""
    width = 2.0**-zoom
    edges = [(number - MARGIN) * width for number in (column, row)], [(number + 1 + MARGIN) * width for number in (column, row)]
    (west, east), (north, south) = ([_longitude(e[0]) for e in edges], [_latitude(e[1]) for e in edges])
    return f"BOX({west!r} {south!r},{east!r} {north!r})"


def _longitude(share: float) -> float:
    return min(180.0, max(-180.0, share * 360 - 180))


def _latitude(share: float) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * share))))


def _column(layer: ServedLayer, name: str) -> str:
    """Return SQL for an attribute in a form that a vector tile can hold."""
    column = sql.Identifier(name).as_string(None)
    attribute = layer.attributes[name]
    if attribute.multiple:
        return f"array_to_string({column}, ';') as {column}"
    return f"{column}::text as {column}" if attribute.type in ("date", "datetime") else column
